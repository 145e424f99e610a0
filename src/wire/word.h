// word.h: the five words that are all a host learns of how a call went, whatever the cause (docs/spec/wire.md).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace glovebox::wire {

// Word has the bytes of the status frame.
enum class Word : std::uint8_t { ok = 0, busy = 1, too_large = 2, deadline = 3, failed = 4 };
constexpr std::uint8_t words = 5;

std::string_view name(Word word);
unsigned http_status(Word word);  // 200, 503, 413, 504, 502
std::optional<Word> word_from_byte(std::uint8_t byte);
std::optional<Word> word_from_name(std::string_view text);
// word_from_http reads the word of an answer by its HTTP status; nothing for a status that stands for none.
std::optional<Word> word_from_http(unsigned status);
// to_json writes {"status":"busy"}.
std::string to_json(Word word);
// error_of is the client's error for a word: busy, too_large, deadline, enclave_failed. The word must not be ok.
Error error_of(Word word);

}  // namespace glovebox::wire
