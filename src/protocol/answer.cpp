#include "protocol/answer.h"

#include "base/reader.h"

namespace glovebox::protocol {
namespace {
constexpr std::size_t tag_size = 16;
constexpr std::size_t head_max = 5;  // of a byte string shorter than 2^32

// Cursor writes CBOR into a buffer of final size, so that a result is never in memory that a growing buffer left
// behind.
class Cursor {
 public:
  explicit Cursor(std::span<std::uint8_t> out) : rest_(out) {}
  void raw(View bytes) {
    std::ranges::copy(bytes, rest_.begin());
    rest_ = rest_.subspan(bytes.size());
  }
  void bstr(View bytes) {
    Bytes head = cbor::Writer().array(bytes.size()).take();
    head[0] ^= (4 ^ 2) << 5;  // the head of an array and of a byte string differ in their major type alone
    raw(head);
    raw(bytes);
  }

 private:
  std::span<std::uint8_t> rest_;
};

Bytes start() {
  return cbor::Writer().document(answer_label, 5).take();
}

Status unauthentic(std::string found, std::string expected = {}) {
  return fail(Reject::answer_unauthentic, std::move(found), std::move(expected));
}
}  // namespace

std::size_t answer_plain_size(OutputForm form, unsigned rows_class) {
  if (form == OutputForm::score && rows_class == 0) return answer_plain_score;
  return answer_plain_score + answer_row_size * (std::size_t{1} << rows_class);
}

std::size_t answer_size(crypto::Kem kem, OutputForm form, unsigned rows_class) {
  return 2 + crypto::enc_size(kem) + answer_plain_size(form, rows_class) + tag_size;
}

std::size_t result_size_max(OutputForm form, unsigned rows_class, std::size_t evidence_size) {
  const std::size_t others = start().size() + 4 * head_max + receipt_size_max + disclosure_size_max + evidence_size;
  const std::size_t all = answer_plain_size(form, rows_class);
  return all > others ? all - others : 0;
}

Result<SecretBytes> Answer::plaintext(OutputForm form, unsigned rows_class) const {
  const Bytes begin = start();
  const std::size_t content =
      begin.size() + 4 * head_max + result.size() + receipt.size() + disclosure.size() + evidence.size();
  SecretBytes plain(answer_plain_size(form, rows_class));
  GLOVEBOX_CHECK(check_size(answer_label, content, plain.size()));
  Cursor out(plain.expose_mutable());
  out.raw(begin);
  out.bstr(result.expose());
  out.bstr(receipt);
  out.bstr(disclosure.expose());
  out.bstr(evidence);
  return plain;
}

Result<Bytes> Answer::seal(const crypto::KemPublic& result_key, const Digest& request_digest, OutputForm form,
                           unsigned rows_class) const {
  GLOVEBOX_TRY(plain, plaintext(form, rows_class));
  GLOVEBOX_TRY(sealed, crypto::hpke_seal(result_key, request_digest, view_of(answer_label), plain.expose()));
  return Writer().u16be(static_cast<std::uint16_t>(result_key.kem())).bytes(sealed.enc).bytes(sealed.ciphertext).take();
}

Result<Answer> Answer::open(View sealed, const crypto::KemPrivate& result_key, const Digest& request_digest,
                            OutputForm form, unsigned rows_class) {
  const std::size_t size = answer_size(result_key.kem(), form, rows_class);
  if (sealed.size() != size)
    return std::unexpected(
        unauthentic("an answer of " + std::to_string(sealed.size()) + " bytes", std::to_string(size)).error());
  Reader outer(sealed);
  if (outer.u16be() != static_cast<std::uint16_t>(result_key.kem()))
    return std::unexpected(unauthentic("an answer to a key of another KEM").error());
  const View enc = outer.bytes(crypto::enc_size(result_key.kem()));
  const auto plain = crypto::hpke_open(result_key, enc, request_digest, view_of(answer_label), outer.rest());
  if (!plain) return std::unexpected(unauthentic("an answer that does not open for this request").error());

  cbor::Reader in(plain->expose());
  Answer out;
  in.document(answer_label, 5);
  out.result = SecretBytes(in.bstr(plain->size()));
  out.receipt = to_bytes(in.bstr(receipt_size_max));
  out.disclosure = SecretBytes(in.bstr(disclosure_size_max));
  out.evidence = to_bytes(in.bstr(evidence_size_max));
  GLOVEBOX_CHECK(in.status());
  if (std::ranges::any_of(in.rest(), [](std::uint8_t b) { return b != 0; }))
    return std::unexpected(unauthentic("padding that is not zero").error());
  return out;
}
}  // namespace glovebox::protocol
