// The folder in configfs: how its files are opened, and what the kernel's errors mean.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "attester/tsm.h"
#include "crypto/random.h"

namespace glovebox::attester {
namespace {
// hint says what is to be done about an error of drivers/virt/coco/tsm.c and the drivers under it.
std::string hint(int error, std::string_view file) {
  switch (error) {
    case ENOENT:
      return file.empty() ? "configfs is not mounted at /sys/kernel/config, or no attestation driver is loaded"
                          : "a kernel before 6.7, or a provider without this file";
    case EACCES:
    case EPERM:
      return "only root may ask for reports";
    case ENXIO:
    case ENOTTY:
      return "no driver: load sev-guest, tdx-guest or arm-cca-guest, inside a confidential guest";
    case EBUSY:
      return "the hypervisor is busy, or the folder was written to too often without a read: try again";
    case EINVAL:
      return file == "privlevel" ? "a privilege level below the guest's floor, or above 3"
                                 : "the kernel has not taken what was to be signed";
    case EFBIG:
      return "a report beyond 32 KiB";
    case EAGAIN:
    case ETIMEDOUT:
      return "the host lets a guest ask only so often: try again in a while";
    case EIO:
      return "firmware or hypervisor refused to sign";
    default:
      return {};
  }
}

std::unexpected<Error> failed(const std::filesystem::path& path, std::string_view file) {
  const int error = errno;
  return fail(Reject::platform_failed, path.string() + ": " + std::strerror(error), "a report of this guest's hardware",
              hint(error, file));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  int close() { return ::close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

class Folder final : public TsmFolder {
 public:
  Folder(std::filesystem::path path, bool ours) : path_(std::move(path)), ours_(ours) {}
  ~Folder() override {
    if (ours_) (void)::rmdir(path_.c_str());  // configfs removes the files with it
  }

  Status write(std::string_view file, View bytes) override {
    const auto path = path_ / file;
    Descriptor fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (fd.get() < 0) return failed(path, file);
    // An attribute is written at once or not: the kernel takes each write as a whole value.
    ssize_t n = 0;
    do n = ::write(fd.get(), bytes.data(), bytes.size());
    while (n < 0 && errno == EINTR);
    if (n < 0) return failed(path, file);
    if (static_cast<std::size_t>(n) != bytes.size())
      return fail(Reject::platform_failed, path.string() + ": " + std::to_string(n) + " bytes taken",
                  std::to_string(bytes.size()));
    if (fd.close() != 0) return failed(path, file);
    return {};
  }

  Result<Bytes> read(std::string_view file, std::size_t most) override {
    const auto path = path_ / file;
    const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd.get() < 0) return failed(path, file);
    Bytes out(most + 1);
    std::size_t size = 0;
    while (size < out.size()) {
      const ssize_t n = ::read(fd.get(), out.data() + size, out.size() - size);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed(path, file);
      if (n == 0) break;
      size += static_cast<std::size_t>(n);
    }
    if (size > most)
      return fail(Reject::platform_failed, path.string() + " of more than " + std::to_string(most) + " bytes",
                  "at most so many");
    out.resize(size);
    return out;
  }

  bool has(std::string_view file) override { return ::access((path_ / file).c_str(), F_OK) == 0; }

 private:
  std::filesystem::path path_;
  bool ours_;
};
}  // namespace

Result<std::unique_ptr<TsmFolder>> make_tsm_folder(const std::filesystem::path& root) {
  const auto path = root / ("glovebox-" + to_hex(crypto::random_array<8>()));
  if (::mkdir(path.c_str(), S_IRWXU) != 0) return failed(path, "");
  return std::make_unique<Folder>(path, true);
}

std::unique_ptr<TsmFolder> open_tsm_folder(const std::filesystem::path& folder) {
  return std::make_unique<Folder>(folder, false);
}

}  // namespace glovebox::attester
