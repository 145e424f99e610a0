#include "client/data.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>

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
  std::optional<std::uint64_t> size() const override { return bytes_.size(); }

 private:
  SecretBytes bytes_;
  std::size_t at_ = 0;
};

// File is one that is open for reading.
class File {
 public:
  static Result<std::unique_ptr<File>> open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fail(Reject::file_unreadable, path + ": " + std::strerror(errno), "a readable file");
    auto file = std::unique_ptr<File>(new File(fd, path));
    struct stat info{};
    if (::fstat(fd, &info) != 0) return file->failed();
    if (!S_ISREG(info.st_mode))
      return fail(Reject::file_unreadable, path + " is not a regular file", "a file, or - for standard input");
    file->size_ = static_cast<std::uint64_t>(info.st_size);
    return file;
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::uint64_t size() const { return size_; }
  // read_at fills the buffer from `offset` on, as far as there is something.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) const {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t n = ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed();
      if (n == 0) break;
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

 private:
  File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  std::unexpected<Error> failed() const {
    return fail(Reject::file_unreadable, path_ + ": " + std::strerror(errno), "a readable file");
  }
  int fd_;
  std::string path_;
  std::uint64_t size_ = 0;
};

class FileData final : public Data {
 public:
  explicit FileData(std::unique_ptr<File> file) : file_(std::move(file)) {}
  Status rewind() override {
    at_ = 0;
    return {};
  }
  Result<std::size_t> read(std::span<std::uint8_t> out) override {
    GLOVEBOX_TRY(size, file_->read_at(at_, out));
    at_ += size;
    return size;
  }
  std::optional<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
  std::uint64_t at_ = 0;
};

class FileSource final : public scan::Source {
 public:
  explicit FileSource(std::unique_ptr<File> file) : file_(std::move(file)) {}
  std::uint64_t size() const override { return file_->size(); }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    return file_->read_at(offset, out);
  }

 private:
  std::unique_ptr<File> file_;
};
}  // namespace

std::unique_ptr<Data> memory_data(SecretBytes bytes) {
  return std::make_unique<MemoryData>(std::move(bytes));
}

Result<std::unique_ptr<Data>> file_data(const std::string& path) {
  GLOVEBOX_TRY(file, File::open(path));
  return std::make_unique<FileData>(std::move(file));
}

Result<std::unique_ptr<scan::Source>> file_source(const std::string& path) {
  GLOVEBOX_TRY(file, File::open(path));
  return std::make_unique<FileSource>(std::move(file));
}

Result<std::uint64_t> read_all(Data& data, const std::function<Status(View)>& visit) {
  GLOVEBOX_CHECK(data.rewind());
  SecretBytes piece(piece_size);
  std::uint64_t bytes = 0;
  for (;;) {
    GLOVEBOX_TRY(size, data.read(piece.expose_mutable()));
    if (size == 0) break;
    GLOVEBOX_CHECK(visit(piece.expose().first(size)));
    bytes += size;
  }
  GLOVEBOX_CHECK(data.rewind());
  return bytes;
}

Result<std::uint64_t> size_of(Data& data) {
  if (const auto size = data.size()) return *size;
  return read_all(data, [](View) -> Status { return {}; });
}
}  // namespace glovebox::client
