#include "receipt/disclosure.h"

#include "crypto/hmac.h"
#include "crypto/random.h"

namespace glovebox::receipt {
namespace {
constexpr std::size_t keys = 3;
constexpr std::size_t key_item = 2 + 32;  // a byte string of 32 bytes with its head
constexpr std::size_t disclosure_max = 256;

Status check(const Array<32>& commitment, const Secret<32>& key, View what, std::string_view which) {
  if (equal_secret(commit(key, what), commitment)) return {};
  return fail(Reject::receipt_invalid, "another " + std::string(which), "the one that the receipt commits to");
}

Secret<32> read_key(cbor::Reader& in) {
  const View bytes = in.bstr(32);
  if (in.ok() && bytes.size() != 32) in.refuse(Reject::malformed, "a key of another size", "32 bytes");
  return Secret<32>::make([&](std::span<std::uint8_t, 32> out) {
    if (in.ok()) std::ranges::copy(bytes, out.begin());
  });
}
}  // namespace

Disclosure Disclosure::fresh() {
  return {crypto::random_secret<32>(), crypto::random_secret<32>(), crypto::random_secret<32>()};
}

SecretBytes Disclosure::encode() const {
  // The keys are written over zeros in place, so that no buffer of the writer ever held them.
  SecretBytes out(
      cbor::Writer().document(disclosure_label, 1 + keys).bstr(Array<32>{}).bstr(Array<32>{}).bstr(Array<32>{}).view());
  const auto tail = out.expose_mutable().last(keys * key_item);
  std::ranges::copy(key_input.expose(), tail.subspan(2).begin());
  std::ranges::copy(key_output.expose(), tail.subspan(key_item + 2).begin());
  std::ranges::copy(key_quality.expose(), tail.subspan(2 * key_item + 2).begin());
  return out;
}

Result<Disclosure> Disclosure::parse(View encoded) {
  GLOVEBOX_CHECK(protocol::check_size(disclosure_label, encoded.size(), disclosure_max));
  cbor::Reader in(encoded);
  in.document(disclosure_label, 1 + keys);
  Disclosure out{read_key(in), read_key(in), read_key(in)};  // braces: evaluated in this order
  GLOVEBOX_CHECK(in.finish());
  return out;
}

Array<32> commit(const Secret<32>& key, View what) {
  return crypto::hmac_sha256(key.expose(), what);
}

void fill_commitments(Receipt& receipt, const Disclosure& disclosure, const Digest& input_digest, View output,
                      View quality) {
  receipt.commitment_input = commit(disclosure.key_input, input_digest);
  receipt.commitment_output = commit(disclosure.key_output, output);
  receipt.commitment_quality = commit(disclosure.key_quality, quality);
}

Status check_input(const Receipt& receipt, const Secret<32>& key_input, const Digest& input_digest) {
  return check(receipt.commitment_input, key_input, input_digest, "input");
}
Status check_output(const Receipt& receipt, const Secret<32>& key_output, View output) {
  return check(receipt.commitment_output, key_output, output, "output");
}
Status check_quality(const Receipt& receipt, const Secret<32>& key_quality, View quality) {
  return check(receipt.commitment_quality, key_quality, quality, "quality counts");
}
}  // namespace glovebox::receipt
