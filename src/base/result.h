// result.h: how things fail. Hostile or missing input is a returned Error; a broken invariant of ours aborts.
// A constructor cannot fail; `create`, `parse`, `open`, `load` can. One failure channel: a returned value is good.
#pragma once
#include <expected>
#include <string>
#include <utility>

#include "base/reject.h"

namespace glovebox {

// Error is a reason of the one vocabulary with what was found, what was expected and a hint, each one line, lower case,
// for a person. None of them may hold a byte of a genome, a key or a result unless the person whose data it is sees it.
struct Error {
  Reject reason = Reject::internal;
  std::string found = {};
  std::string expected = {};
  std::string hint = {};

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(Reject reason, std::string found = {}, std::string expected = {},
                                   std::string hint = {}) {
  return std::unexpected(Error{reason, std::move(found), std::move(expected), std::move(hint)});
}

// same passes the error of one Result on as the error of another.
template <class T>
std::unexpected<Error> same(const Result<T>& failed) {
  return std::unexpected(failed.error());
}

// describe writes an error on one line: "name: sentence (found ..., expected ...)".
std::string describe(const Error& error);

}  // namespace glovebox

// GLOVEBOX_TRY(name, expression) binds the value of a Result or returns its error; GLOVEBOX_CHECK(expression) does so
// for a Status. The only two control-flow macros of the project.
#define GLOVEBOX_TRY(name, ...)                                                     \
  auto name##_or_error = (__VA_ARGS__);                                             \
  if (!name##_or_error) return std::unexpected(std::move(name##_or_error).error()); \
  auto name = std::move(*name##_or_error)
#define GLOVEBOX_CHECK(...)                                                              \
  do {                                                                                   \
    if (auto checked = (__VA_ARGS__); !checked) return std::unexpected(checked.error()); \
  } while (false)
