// answer.h: the sealed answer to one request: one size for each output form, whatever it says.
#pragma once
#include "protocol/parameters.h"

namespace glovebox::protocol {

constexpr std::string_view answer_label = "glovebox answer v1";
constexpr std::size_t answer_plain_score = 65536;
constexpr std::size_t answer_row_size = 256;
constexpr std::size_t receipt_size_max = 4096;
constexpr std::size_t disclosure_size_max = 256;
constexpr std::size_t evidence_size_max = 32768;
constexpr std::size_t answer_size_max =
    2 + crypto::kem_enc_max + answer_plain_score + answer_row_size * (std::size_t{1} << rows_class_max) + 16;

// answer_plain_size is the size of the padded plaintext; answer_size that of the sealed answer. A class above 0 makes
// room for that many rows, or lines of a match log.
std::size_t answer_plain_size(OutputForm form, unsigned rows_class);
std::size_t answer_size(crypto::Kem kem, OutputForm form, unsigned rows_class);
// result_size_max is how large a result may be beside evidence of this size, receipt and disclosure.
std::size_t result_size_max(OutputForm form, unsigned rows_class, std::size_t evidence_size);

// Answer is what is inside.
struct Answer {
  SecretBytes result;  // a score or a refusal: docs of the result layer
  Bytes receipt;       // signed: a refusal has one too, since anyone can seal to a result key
  SecretBytes disclosure;
  Bytes evidence;  // the `client` evidence whose key the request was sealed to

  // plaintext is what is sealed, padded: too_large if it does not fit.
  Result<SecretBytes> plaintext(OutputForm form, unsigned rows_class) const;
  // seal seals it to the request's result key: too_large, key_invalid.
  Result<Bytes> seal(const crypto::KemPublic& result_key, const Digest& request_digest, OutputForm form,
                     unsigned rows_class) const;
  // open: answer_unauthentic unless it opens under this key for this request, has the right size, and its padding is
  // zero; or malformed, truncated, ... for what is inside.
  static Result<Answer> open(View sealed, const crypto::KemPrivate& result_key, const Digest& request_digest,
                             OutputForm form, unsigned rows_class);
};

}  // namespace glovebox::protocol
