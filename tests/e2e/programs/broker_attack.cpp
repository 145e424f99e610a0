// A broker's owner with all traffic in hand tries to open a live request: opens the share that was wrapped to them, and
// tries it in every way that has a name. Exit 0: the share opened and the request did not. Anything else is a failed
// test.
//
//   glovebox-test-broker-attack BROKER_FOLDER TRAFFIC
#include <cstdio>

#include "base/file.h"
#include "broker/keys.h"
#include "crypto/hkdf.h"
#include "crypto/init.h"
#include "envelope/chunk.h"
#include "envelope/identity.h"
#include "protocol/wrapped_key.h"

namespace {
using namespace glovebox;

int attack(const char* folder, const char* traffic_file) {
  const auto keys = broker::Keys::load(folder);
  const auto traffic = read_file(traffic_file, std::size_t{1} << 30);
  if (!keys || !traffic) return 2;
  const View all(*traffic);
  int requests = 0;
  for (std::size_t at = 0; at + envelope::magic.size() < all.size(); ++at) {
    if (text_of(all.subspan(at, envelope::magic.size())) != envelope::magic) continue;
    envelope::HeaderReader reader;
    const auto taken = reader.push(all.subspan(at));
    if (!taken || !reader.done()) continue;
    const auto& header = reader.header();
    for (const auto& stanza : header.stanzas) {
      const auto* live = std::get_if<envelope::LiveStanza>(&stanza);
      if (live == nullptr) continue;
      const Digest core = header.core.digest();
      const auto wrapped = protocol::WrappedKey::parse(live->wrapped_key);
      if (!wrapped) return 3;
      const auto* version = keys->find(wrapped->key_version);
      if (version == nullptr) return 4;
      const auto share = wrapped->unwrap(version->key, wrapped->policy_digest().value(), core);
      if (!share) return 5;  // the broker must be able to open what is wrapped to it, or this proves nothing
      ++requests;

      std::vector<Secret<32>> guesses;
      guesses.push_back(share->share.copy());
      guesses.push_back(envelope::join_shares({}, share->share.expose(), core));
      guesses.push_back(envelope::join_shares(share->share.expose(), {}, core));
      guesses.push_back(envelope::join_shares(share->share.expose(), share->share.expose(), core));
      guesses.push_back(envelope::join_shares(Array<32>{}, share->share.expose(), core));
      guesses.push_back(envelope::join_shares(live->ct, share->share.expose(), core));
      for (const auto& guess : guesses) {
        if (equal(envelope::header_mac(guess, header.core, header.stanzas), header.mac)) return 10;
        const auto key = envelope::EnvelopeKey::from_file_key(header.core, guess.copy());
        envelope::ChunkCipher cipher(key);
        Bytes plain(envelope::chunk_size);
        const View body = all.subspan(at + *taken);
        if (body.size() >= envelope::sealed_chunk_size &&
            cipher.open(0, envelope::Final::no, body.first(envelope::sealed_chunk_size), plain))
          return 11;
      }
      // The stanza's other half, under every key that the broker holds.
      for (const auto& mine : keys->versions())
        if (envelope::open_envelope(header,
                                    envelope::EnclaveIdentity(live->binding, mine.key, [&](View, const Digest&) {
                                      return Result<Secret<32>>(share->share.copy());
                                    })))
          return 12;
    }
  }
  std::printf("%d live requests: each share opened, no request did\n", requests);
  return requests > 0 ? 0 : 6;
}
}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || !glovebox::crypto::start()) return 2;
  return attack(argv[1], argv[2]);
}
