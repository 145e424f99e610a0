#include "client/data.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "crypto/hash.h"

namespace glovebox::client {
namespace {
constexpr std::size_t piece_size = std::size_t{1} << 18;

class MemoryData final : public Data {
 public:
  explicit MemoryData(SecretBytes bytes) : bytes_(std::move(bytes)) {}
  Status rewind() override {
    at_ = 0;
    return {};
  }
  Result<std::size_t> read(std::span<std::uint8_t> out) override {
    const View piece = bytes_.expose().subspan(at_, std::min(out.size(), bytes_.size() - at_));
    std::ranges::copy(piece, out.begin());
    at_ += piece.size();
    return piece.size();
  }

 private:
  SecretBytes bytes_;
  std::size_t at_ = 0;
};

class FileData final : public Data {
 public:
  FileData(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~FileData() override { ::close(fd_); }
  FileData(const FileData&) = delete;
  FileData& operator=(const FileData&) = delete;

  Status rewind() override {
    if (::lseek(fd_, 0, SEEK_SET) != 0) return failed();
    return {};
  }
  Result<std::size_t> read(std::span<std::uint8_t> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n = ::read(fd_, out.data() + done, out.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed();
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

 private:
  std::unexpected<Error> failed() const {
    return fail(Reject::file_unreadable, path_ + ": " + std::strerror(errno), "a readable file");
  }
  int fd_;
  std::string path_;
};
}  // namespace

std::unique_ptr<Data> memory_data(SecretBytes bytes) {
  return std::make_unique<MemoryData>(std::move(bytes));
}

Result<std::unique_ptr<Data>> file_data(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info{};
  if (fd < 0 || ::fstat(fd, &info) != 0) {
    const auto error = fail(Reject::file_unreadable, path + ": " + std::strerror(errno), "a readable file");
    if (fd >= 0) ::close(fd);
    return error;
  }
  if (!S_ISREG(info.st_mode)) {
    ::close(fd);
    return fail(Reject::file_unreadable, path + " is not a regular file", "a file, or - for standard input");
  }
  return std::make_unique<FileData>(fd, path);
}

Status read_all(Data& data, const std::function<Status(View)>& visit) {
  GLOVEBOX_CHECK(data.rewind());
  SecretBytes piece(piece_size);
  for (;;) {
    GLOVEBOX_TRY(size, data.read(piece.expose_mutable()));
    if (size == 0) break;
    GLOVEBOX_CHECK(visit(piece.expose().first(size)));
  }
  return data.rewind();
}

Result<Extent> measure(Data& data, const std::function<Status(View)>& visit) {
  Extent extent;
  crypto::Sha256 hash;
  GLOVEBOX_CHECK(read_all(data, [&](View piece) {
    hash.update(piece);
    extent.size += piece.size();
    return visit(piece);
  }));
  extent.digest = hash.finish();
  return extent;
}
}  // namespace glovebox::client
