#include "protocol/refusal.h"

namespace glovebox::protocol {
namespace {
constexpr std::size_t word_max = 64;

// Text that others may have chosen and a person's terminal shows: printable ASCII, bounded.
std::string plain(std::string_view text) {
  std::string out(text.substr(0, refusal_text_max));
  std::ranges::replace_if(out, [](char c) { return c < ' ' || c > '~'; }, '?');
  return out;
}
}  // namespace

Bytes encode_refusal(const Error& error) {
  return cbor::Writer()
      .document(refusal_label, 4)
      .tstr(name(error.reason))
      .tstr(plain(error.found))
      .tstr(plain(error.expected))
      .take();
}

Result<Error> parse_refusal(View encoded) {
  GLOVEBOX_CHECK(check_size(refusal_label, encoded.size(), refusal_size_max));
  cbor::Reader in(encoded);
  in.document(refusal_label, 4);
  const std::string word(in.tstr(word_max));
  const std::string found(in.tstr(refusal_text_max));
  const std::string expected(in.tstr(refusal_text_max));
  GLOVEBOX_CHECK(in.finish());
  if (const auto reason = reject_from_name(word)) return Error{*reason, plain(found), plain(expected)};
  return Error{Reject::release_refused, plain(word + " " + found), plain(expected)};
}
}  // namespace glovebox::protocol
