// record.h: a development aid: a file of every byte that passes through the host, so that a person can look for
// themselves at what a host sees.
#pragma once
#include <cstdio>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace glovebox::host {

class Record {
 public:
  // open truncates the file (mode 0600); file_unwritable. An empty path gives a Record that keeps nothing.
  static Result<Record> open(const std::string& path);
  void add(View bytes) {
    if (file_) write(bytes);
  }
  void flush() {
    if (file_) std::fflush(file_.get());
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write(View bytes);
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace glovebox::host
