#include "host/record.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace glovebox::host {

Result<Record> Record::open(const std::string& path) {
  Record record;
  if (path.empty()) return record;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail(Reject::file_unwritable, path + ": " + std::strerror(errno));
  record.file_.reset(::fdopen(file, "wb"));
  return record;
}

void Record::write(View bytes) {
  check(std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size());
}

void Record::flush() {
  if (file_) check(std::fflush(file_.get()) == 0);
}

void Record::check(bool good) {
  if (good || lacking_) return;
  lacking_ = true;
  std::fprintf(stderr, "glovebox-host: the record lacks bytes that passed: %s\n", std::strerror(errno));
}

}  // namespace glovebox::host
