// whole.h: whole envelopes in memory, for what is small (a bundle, a key, a test). Files stream through Sealer and
// Opener.
#pragma once
#include "envelope/identity.h"
#include "envelope/opener.h"

namespace glovebox::envelope {

// seal_whole writes header and body.
Result<Bytes> seal_whole(const EnvelopeKey& key, const Header& header, View plaintext);
// open_whole opens an envelope: the errors of HeaderReader, open_envelope and Opener.
Result<SecretBytes> open_whole(View envelope, const Identity& identity);
// open_body_whole opens a body whose key is known.
Result<SecretBytes> open_body_whole(const EnvelopeKey& key, View body);

}  // namespace glovebox::envelope
