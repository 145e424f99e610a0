#include "wire/word.h"

#include <cstdlib>

namespace glovebox::wire {
namespace {
struct Row {
  std::string_view name;
  unsigned http_status;
};
constexpr Row rows[words] = {{"ok", 200}, {"busy", 503}, {"too_large", 413}, {"deadline", 504}, {"failed", 502}};
}  // namespace

std::string_view name(Word word) {
  return rows[static_cast<std::uint8_t>(word)].name;
}
unsigned http_status(Word word) {
  return rows[static_cast<std::uint8_t>(word)].http_status;
}

std::optional<Word> word_from_byte(std::uint8_t byte) {
  if (byte >= words) return std::nullopt;
  return static_cast<Word>(byte);
}

std::optional<Word> word_from_name(std::string_view text) {
  for (std::uint8_t i = 0; i < words; ++i)
    if (rows[i].name == text) return static_cast<Word>(i);
  return std::nullopt;
}

std::optional<Word> word_from_http(unsigned status) {
  for (std::uint8_t i = 0; i < words; ++i)
    if (rows[i].http_status == status) return static_cast<Word>(i);
  return std::nullopt;
}

std::string to_json(Word word) {
  return R"({"status":")" + std::string(name(word)) + "\"}";
}

Error error_of(Word word) {
  switch (word) {
    case Word::busy:
      return {Reject::busy, "busy", "a free place", "try again in a moment"};
    case Word::too_large:
      return {Reject::too_large, "an upload larger than this server takes", "", "see upload_max in `glovebox info`"};
    case Word::deadline:
      return {Reject::deadline, "no answer within the server's time", "",
              "try again; a retry of a request costs no use"};
    case Word::failed:
      return {Reject::enclave_failed, "failed", "", "try again; a retry of a request costs no use"};
    case Word::ok:
      break;
  }
  std::abort();
}

}  // namespace glovebox::wire
