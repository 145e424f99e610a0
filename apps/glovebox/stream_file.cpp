#include "glovebox/stream_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace glovebox::app {
namespace {
constexpr const char* own_files = "/proc/self/fd";

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::string because(const std::string& path) {
  return path + ": " + std::strerror(errno);
}
}  // namespace

Result<InputFile> InputFile::open(const std::string& path) {
  const int fd = path == "-" ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info{};
  if (fd < 0 || ::fstat(fd, &info) != 0) {
    const auto error = fail(Reject::file_unreadable, because(path), "a readable file");
    if (fd >= 0) ::close(fd);
    return error;
  }
  if (S_ISDIR(info.st_mode)) {
    ::close(fd);
    return fail(Reject::file_unreadable, path + " is a folder", "a file");
  }
  return InputFile(fd, path, S_ISREG(info.st_mode) ? static_cast<std::uint64_t>(info.st_size) : 0);
}

InputFile::InputFile(InputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)), size_(other.size_) {}

InputFile::~InputFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::size_t> InputFile::read(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t n = ::read(fd_, out.data() + done, out.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(Reject::file_unreadable, because(path_), "a readable file");
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

Result<OutputFile> OutputFile::create(const std::string& path, bool secret) {
  if (path == "-") return OutputFile(::dup(STDOUT_FILENO), path, "", false);
  std::string beside = path + ".new." + std::to_string(::getpid());
  const mode_t mode = secret ? 0600 : 0644;
  // A file without a name goes away with this process, however that ends. Not every file system has them.
  if (::access(own_files, X_OK) == 0)
    if (const int fd = ::open(folder_of(path).c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, mode); fd >= 0)
      return OutputFile(fd, path, std::move(beside), false);
  const int fd = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) return fail(Reject::file_unwritable, because(path), "a writable place");
  return OutputFile(fd, path, std::move(beside), true);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      path_(std::move(other.path_)),
      beside_(std::exchange(other.beside_, "")),
      named_(std::exchange(other.named_, false)) {}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
  if (named_) ::unlink(beside_.c_str());
}

Status OutputFile::write(View bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(Reject::file_unwritable, because(path_), "room to write");
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Status OutputFile::commit() {
  if (beside_.empty()) return {};
  if (!named_) {
    const std::string nameless = std::string(own_files) + "/" + std::to_string(fd_);
    if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, beside_.c_str(), AT_SYMLINK_FOLLOW) != 0)
      return fail(Reject::file_unwritable, because(path_), "a writable place");
    named_ = true;
  }
  if (::rename(beside_.c_str(), path_.c_str()) != 0)
    return fail(Reject::file_unwritable, because(path_), "a writable place");
  named_ = false;
  beside_.clear();
  return {};
}
}  // namespace glovebox::app
