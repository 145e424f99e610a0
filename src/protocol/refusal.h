// refusal.h: a broker's "no", in the words of the one vocabulary. It is not signed: whoever carries it could have made
// it, so it explains and proves nothing.
#pragma once
#include "protocol/document.h"

namespace glovebox::protocol {

constexpr std::string_view refusal_label = "glovebox refusal v1";
constexpr std::size_t refusal_size_max = 2048;
constexpr std::size_t refusal_text_max = 512;

// encode_refusal writes the error; found and expected are cut to refusal_text_max bytes of printable ASCII.
Bytes encode_refusal(const Error& error);
// parse_refusal: a word that this version does not know becomes release_refused, with the word as found.
Result<Error> parse_refusal(View encoded);

}  // namespace glovebox::protocol
