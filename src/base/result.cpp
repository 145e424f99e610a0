#include "base/result.h"

namespace glovebox {
std::string describe(const Error& error) {
  std::string text = std::string(name(error.reason)) + ": " + std::string(sentence(error.reason));
  if (!error.found.empty() || !error.expected.empty()) {
    text += " (";
    if (!error.found.empty()) text += "found " + error.found;
    if (!error.found.empty() && !error.expected.empty()) text += ", ";
    if (!error.expected.empty()) text += "expected " + error.expected;
    text += ")";
  }
  return text;
}
}  // namespace glovebox
