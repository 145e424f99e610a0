// disclosure.h: commitments to input, output and quality counts, and the keys that open them. A key may be given away
// alone: it discloses its value and nothing of the others.
#pragma once
#include "receipt/receipt.h"

namespace glovebox::receipt {

constexpr std::string_view disclosure_label = "glovebox disclosure v1";

struct Disclosure {
  Secret<32> key_input;
  Secret<32> key_output;
  Secret<32> key_quality;

  static Disclosure fresh();
  SecretBytes encode() const;
  static Result<Disclosure> parse(View encoded);
};

// commit is HMAC-SHA-256 under the key.
Array<32> commit(const Secret<32>& key, View what);

// fill_commitments writes the three commitments. `input_digest` is H of the data bytes, `output` the result's rows,
// `quality` its quality counts, as encoded.
void fill_commitments(Receipt& receipt, const Disclosure& disclosure, const Digest& input_digest, View output,
                      View quality);

// The check_ functions tell whether a value is the one that was committed to: receipt_invalid.
Status check_input(const Receipt& receipt, const Secret<32>& key_input, const Digest& input_digest);
Status check_output(const Receipt& receipt, const Secret<32>& key_output, View output);
Status check_quality(const Receipt& receipt, const Secret<32>& key_quality, View quality);

}  // namespace glovebox::receipt
