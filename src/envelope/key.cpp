#include "envelope/key.h"

#include "crypto/hkdf.h"
#include "crypto/hpke.h"
#include "crypto/random.h"

namespace glovebox::envelope {
namespace {
template <class S>
Result<Stanza> seal_key(S stanza, const crypto::KemPublic& to, std::string_view info, const Digest& core_digest,
                        const Secret<32>& key) {
  GLOVEBOX_TRY(sealed, crypto::hpke_seal(to, view_of(info), core_digest, key.expose()));
  stanza.kem = to.kem();
  stanza.enc = std::move(sealed.enc);
  stanza.ct = std::move(sealed.ciphertext);
  return stanza;
}

Status check_core(const Core& core) {
  if (core.content_type.size() > content_type_max)
    return fail(Reject::usage, "a content type of " + std::to_string(core.content_type.size()) + " bytes",
                "at most " + std::to_string(content_type_max));
  if (core.size_class != 0 && (core.size_class < size_class_min || core.size_class > size_class_max))
    return fail(Reject::usage, "size class " + std::to_string(core.size_class), "0, or 16 to 48");
  return {};
}
}  // namespace

Secret<32> join_shares(View enclave_share, View broker_share, const Digest& core_digest) {
  SecretBytes both(enclave_share.size() + broker_share.size());
  std::ranges::copy(enclave_share, both.expose_mutable().begin());
  std::ranges::copy(broker_share, both.expose_mutable().subspan(enclave_share.size()).begin());
  return crypto::hkdf(both.expose(), core_digest, view_of("glovebox live stanza v1"));
}

EnvelopeKey::EnvelopeKey(Core core, Secret<32> file_key, std::optional<Shares> shares)
    : core_(std::move(core)),
      core_digest_(core_.digest()),
      file_key_(std::move(file_key)),
      shares_(std::move(shares)) {}

Result<EnvelopeKey> EnvelopeKey::fresh(Core core) {
  GLOVEBOX_CHECK(check_core(core));
  core.random = crypto::random_array<32>();
  return from_shares(std::move(core), {crypto::random_secret<32>(), crypto::random_secret<32>()});
}

EnvelopeKey EnvelopeKey::from_file_key(Core core, Secret<32> file_key) {
  return {std::move(core), std::move(file_key), std::nullopt};
}

EnvelopeKey EnvelopeKey::from_shares(Core core, Shares shares) {
  Secret<32> file_key = join_shares(shares.enclave.expose(), shares.broker.expose(), core.digest());
  return {std::move(core), std::move(file_key), std::move(shares)};
}

Result<Stanza> EnvelopeKey::stanza(const Recipient& recipient) const {
  if (const auto* to = std::get_if<ToKey>(&recipient))
    return seal_key(HpkeStanza{.key_id = key_id_of(to->key), .enc = {}, .ct = {}}, to->key, "glovebox hpke stanza v1",
                    core_digest_, file_key_);
  if (const auto* to = std::get_if<ToEnclave>(&recipient))
    return seal_key(EnclaveStanza{.binding = to->binding, .enc = {}, .ct = {}}, to->key, "glovebox enclave stanza v1",
                    core_digest_, file_key_);
  if (const auto* to = std::get_if<ToBroker>(&recipient)) return BrokerStanza{to->wrapped_key};
  const auto& to = std::get<ToLive>(recipient);
  if (!shares_)
    return fail(Reject::usage, "a live stanza for an envelope whose shares are not here", "the sender's shares");
  return seal_key(LiveStanza{.binding = to.binding, .enc = {}, .ct = {}, .wrapped_key = to.wrapped_key}, to.key,
                  "glovebox live stanza v1", core_digest_, shares_->enclave);
}

Result<Header> EnvelopeKey::header(std::span<const Recipient> recipients) const {
  std::vector<Stanza> stanzas;
  for (const Recipient& recipient : recipients) {
    GLOVEBOX_TRY(made, stanza(recipient));
    stanzas.push_back(std::move(made));
  }
  return header_of(std::move(stanzas));
}

Result<Header> EnvelopeKey::header_of(std::vector<Stanza> stanzas) const {
  if (stanzas.empty() || stanzas.size() > stanzas_max)
    return fail(Reject::usage, std::to_string(stanzas.size()) + " recipients", "1 to " + std::to_string(stanzas_max));
  for (const Stanza& stanza : stanzas)
    if (const std::size_t size = encode(stanza).size(); size > stanza_size_max)
      return fail(Reject::too_large, "a stanza of " + std::to_string(size) + " bytes",
                  "at most " + std::to_string(stanza_size_max));
  Header out{.core = core_, .stanzas = std::move(stanzas)};
  out.mac = header_mac(file_key_, out.core, out.stanzas);
  if (const std::size_t size = out.encode().size() - prefix_size; size > header_size_max)
    return fail(Reject::too_large, "a header of " + std::to_string(size) + " bytes",
                "at most " + std::to_string(header_size_max));
  return out;
}

Secret<32> EnvelopeKey::body_key() const {
  return crypto::hkdf(file_key_.expose(), core_digest_, view_of("glovebox body v1"));
}
}  // namespace glovebox::envelope
