// stream_file.h: files read and written piece by piece, so that memory does not grow with them. "-" is standard input
// or output. A written file appears under its name only when it is whole.
#pragma once
#include <functional>
#include <string>

#include "base/bytes.h"

namespace glovebox::app {

constexpr std::size_t piece_size = std::size_t{1} << 20;

class InputFile {
 public:
  static Result<InputFile> open(const std::string& path);  // file_unreadable
  ~InputFile();
  InputFile(InputFile&& other) noexcept;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  InputFile& operator=(InputFile&&) = delete;

  // read fills the buffer as far as it can; 0 is the end.
  Result<std::size_t> read(std::span<std::uint8_t> out);
  std::uint64_t size() const { return size_; }  // 0 where it is not known (a pipe)

 private:
  InputFile(int fd, std::string path, std::uint64_t size) : fd_(fd), path_(std::move(path)), size_(size) {}
  int fd_;
  std::string path_;
  std::uint64_t size_;
};

class OutputFile {
 public:
  static Result<OutputFile> create(const std::string& path, bool secret);  // file_unwritable
  ~OutputFile();                                                           // without commit nothing is left
  OutputFile(OutputFile&& other) noexcept;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  OutputFile& operator=(OutputFile&&) = delete;

  Status write(View bytes);
  Status commit();

 private:
  OutputFile(int fd, std::string path, std::string beside, bool named)
      : fd_(fd), path_(std::move(path)), beside_(std::move(beside)), named_(named) {}
  int fd_;
  std::string path_;
  std::string beside_;  // the name until the file is whole; empty: standard output
  bool named_ = false;  // the file has that name already
};

}  // namespace glovebox::app
