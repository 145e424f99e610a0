// support.h: what tests share: where the data lies, how a test says what it skipped, how our types are printed.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <ostream>

#include "base/file.h"
#include "base/result.h"

namespace glovebox {
inline void PrintTo(Reject reason, std::ostream* out) {
  *out << name(reason);
}
inline void PrintTo(const Error& error, std::ostream* out) {
  *out << describe(error);
}
}  // namespace glovebox

namespace glovebox::test {

extern const char* const vectors_folder;
extern const char* const shared_folder;
extern const char* const build_folder;
inline std::filesystem::path vectors() {
  return vectors_folder;
}
// shared is the folder of real data beside the checkout; it may be absent.
inline std::filesystem::path shared() {
  return shared_folder;
}

// read reads a test file whole and fails the test (by value()) if it cannot.
inline Bytes read(const std::filesystem::path& path) {
  return read_file(path, std::size_t{1} << 30).value();
}

// reason_of names how a Result failed, or says "accepted".
template <class T>
std::string reason_of(const Result<T>& result) {
  return result ? "accepted" : std::string(name(result.error().reason));
}

}  // namespace glovebox::test

#define GLOVEBOX_BUILD ::glovebox::test::build_folder

// GLOVEBOX_NEEDS(path) skips the test, with the reason, where optional data is not there.
#define GLOVEBOX_NEEDS(needed)          \
  if (!std::filesystem::exists(needed)) \
  GTEST_SKIP() << "needs " << std::filesystem::path(needed).string() << ", which is not here"
