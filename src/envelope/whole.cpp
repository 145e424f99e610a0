#include "envelope/whole.h"

namespace glovebox::envelope {

Result<Bytes> seal_whole(const EnvelopeKey& key, const Header& header, View plaintext) {
  Bytes out = header.encode();
  const Sink append = [&](View bytes) -> Status {
    out.insert(out.end(), bytes.begin(), bytes.end());
    return {};
  };
  Sealer sealer(key);
  GLOVEBOX_CHECK(sealer.push(plaintext, append));
  GLOVEBOX_CHECK(sealer.finish(append));
  return out;
}

Result<SecretBytes> open_body_whole(const EnvelopeKey& key, View body) {
  SecretBytes out(body.size());  // more than the plaintext needs, so that it is never moved
  std::size_t size = 0;
  const Sink append = [&](View bytes) -> Status {
    std::ranges::copy(bytes, out.expose_mutable().subspan(size).begin());
    size += bytes.size();
    return {};
  };
  Opener opener(key);
  GLOVEBOX_CHECK(opener.push(body, append));
  GLOVEBOX_CHECK(opener.finish(append));
  out.shrink(size);
  return out;
}

Result<SecretBytes> open_whole(View envelope, const Identity& identity) {
  HeaderReader reader;
  GLOVEBOX_TRY(header_size, reader.push(envelope));
  GLOVEBOX_CHECK(reader.finish());
  GLOVEBOX_TRY(key, open_envelope(reader.header(), identity));
  return open_body_whole(key, envelope.subspan(header_size));
}
}  // namespace glovebox::envelope
