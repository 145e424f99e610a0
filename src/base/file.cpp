#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace glovebox {
namespace {
std::string because(const std::filesystem::path& path) {
  return path.string() + ": " + std::strerror(errno);
}

// Descriptor closes a file descriptor when it goes away.
class Descriptor {
 public:
  Descriptor(int fd, bool owned) : fd_(fd), owned_(owned) {}
  ~Descriptor() {
    if (owned_ && fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
  bool owned_;
};

template <class Buffer>
Result<Buffer> read_into(const std::filesystem::path& path, std::size_t max) {
  const bool standard_input = path == "-";
  const Descriptor in(standard_input ? 0 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC), !standard_input);
  if (in.get() < 0) return fail(Reject::file_unreadable, because(path), "a readable file");
  struct stat info{};
  if (::fstat(in.get(), &info) != 0) return fail(Reject::file_unreadable, because(path), "a readable file");
  if (S_ISDIR(info.st_mode)) return fail(Reject::file_unreadable, path.string() + " is a folder", "a file");
  Bytes buffer(S_ISREG(info.st_mode) ? std::min(max, static_cast<std::size_t>(info.st_size)) + 1 : 4096);
  std::size_t size = 0;
  for (;;) {
    if (size == buffer.size()) {  // grow by copying, so that what is left behind can be erased
      if (size > max) break;
      Bytes larger(std::min(buffer.size() * 2, max + 1));
      std::ranges::copy(buffer, larger.begin());
      erase(buffer);
      buffer = std::move(larger);
      if (size == buffer.size()) break;
    }
    const ssize_t n = ::read(in.get(), buffer.data() + size, buffer.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(Reject::file_unreadable, because(path), "a readable file");
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  const EraseOnExit eraser(buffer);
  if (size > max)
    return fail(Reject::too_large, path.string() + " has more than " + std::to_string(max) + " bytes", "at most that");
  return Buffer(View(buffer).first(size));
}

struct PlainBytes : Bytes {
  explicit PlainBytes(View v) : Bytes(v.begin(), v.end()) {}
};
}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t max) {
  auto bytes = read_into<PlainBytes>(path, max);
  if (!bytes) return same(bytes);
  return Bytes(std::move(*bytes));
}

Result<SecretBytes> read_secret_file(const std::filesystem::path& path, std::size_t max) {
  return read_into<SecretBytes>(path, max);
}

Status write_file(const std::filesystem::path& path, View bytes, Visibility visibility, Existing existing) {
  if (existing == Existing::refuse && std::filesystem::exists(path))
    return fail(Reject::file_unwritable, path.string() + " exists", "a new name",
                "nothing is overwritten; remove it first");
  const std::string beside = path.string() + ".new." + std::to_string(::getpid());
  const mode_t mode = visibility == Visibility::owner ? 0600 : 0644;
  {
    const Descriptor out(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode), true);
    if (out.get() < 0) return fail(Reject::file_unwritable, because(path), "a writable place");
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t n = ::write(out.get(), bytes.data() + done, bytes.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) {
        const auto error = fail(Reject::file_unwritable, because(path), "room to write");
        ::unlink(beside.c_str());
        return error;
      }
      done += static_cast<std::size_t>(n);
    }
    if (::fsync(out.get()) != 0 && errno != EINVAL && errno != EROFS) {
      ::unlink(beside.c_str());
      return fail(Reject::file_unwritable, because(path), "room to write");
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) {
    const auto error = fail(Reject::file_unwritable, because(path), "a writable place");
    ::unlink(beside.c_str());
    return error;
  }
  return {};
}
}  // namespace glovebox
