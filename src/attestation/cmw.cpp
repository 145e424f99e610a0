#include "attestation/cmw.h"

#include <optional>

#include "attestation/evidence.h"
#include "base/cbor.h"

namespace glovebox::attestation {
namespace {
std::unexpected<Error> malformed(std::string found, std::string expected = {}) {
  return fail(Reject::evidence_malformed, std::move(found), std::move(expected));
}

// Json reads the three tokens that a record needs: strings without escapes, a number, punctuation.
class Json {
 public:
  explicit Json(std::string_view text) : rest_(text) {}

  bool take(char c) {
    blanks();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  std::optional<std::string_view> string() {
    if (!take('"')) return std::nullopt;
    const std::size_t end = rest_.find_first_of("\"\\");
    if (end == std::string_view::npos || rest_[end] == '\\') return std::nullopt;
    const std::string_view out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return out;
  }
  bool digits() {
    blanks();
    const std::size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(end);
    return end > 0 && end < 10;
  }
  bool done() {
    blanks();
    return rest_.empty();
  }

 private:
  void blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }
  std::string_view rest_;
};

Result<Cmw> parse_json(std::string_view text) {
  Json in(text);
  if (!in.take('[')) return malformed("no JSON array", "[\"type\", \"base64url\"]");
  const auto type = in.string();
  if (!type || !in.take(',')) return malformed("a record without a media type", "[\"type\", \"base64url\"]");
  const auto value = in.string();
  if (!value) return malformed("a record without a value", "[\"type\", \"base64url\"]");
  if (in.take(',') && !in.digits()) return malformed("an indicator that is no number");
  if (!in.take(']') || !in.done()) return malformed("more than a record", "[\"type\", \"base64url\"]");
  auto bytes = from_base64url(*value);
  if (!bytes) return malformed("a value that is not base64url");
  if (type->empty() || type->size() > media_type_size_max || bytes->size() > document_size_max)
    return malformed("a record beyond its bounds");
  return Cmw{std::string(*type), std::move(*bytes)};
}
}  // namespace

Bytes Cmw::to_cbor() const {
  return cbor::Writer().array(2).tstr(media_type).bstr(value).take();
}

std::string Cmw::to_json() const {
  return "[\"" + media_type + "\",\"" + to_base64url(value) + "\"]";
}

Result<Cmw> Cmw::parse(View record) {
  if (!record.empty() && (record[0] == '[' || record[0] == ' ' || record[0] == '\n'))
    return parse_json(text_of(record));
  cbor::Reader in(record, cbor::Form::foreign);
  Cmw out;
  std::size_t count = 0;
  for (auto array = in.array(3); in.more(array); ++count) {
    if (count == 0) out.media_type = in.tstr(media_type_size_max);
    if (count == 1) out.value = to_bytes(in.bstr(document_size_max));
    if (count == 2) in.uint();
  }
  if (in.ok() && (out.media_type.empty() || count < 2)) in.refuse(Reject::malformed, "no record of two");
  if (const auto end = in.finish(); !end) {
    if (end.error().reason == Reject::truncated) return std::unexpected(end.error());
    return malformed(std::string(name(end.error().reason)) + ": " + end.error().found, end.error().expected);
  }
  return out;
}

}  // namespace glovebox::attestation
