// kept_receipt.h: a receipt with all that a third party needs beside it, in one file: the evidence whose key signed it
// and the nonce it answers.
#pragma once
#include "client/session.h"

namespace glovebox::app {

// keep_receipt: CBOR ["glovebox kept receipt v1", receipt: bstr, evidence: bstr]. The disclosure's keys are not in it:
// what the commitments cover stays with the person.
Bytes keep_receipt(const client::Scored& scored);

struct KeptReceipt {
  Bytes receipt;
  attestation::Evidence evidence;
};
Result<KeptReceipt> parse_kept_receipt(View file);

}  // namespace glovebox::app
