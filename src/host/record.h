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
  // flush writes what is held back. The first write that fails is reported on standard error: a file that lacks what
  // passed shows nothing.
  void flush();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void write(View bytes);
  std::unique_ptr<std::FILE, Close> file_;
  bool lacking_ = false;
  void check(bool good);
};

}  // namespace glovebox::host
