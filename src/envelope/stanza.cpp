#include "envelope/stanza.h"

#include "crypto/hash.h"

namespace glovebox::envelope {
namespace {
template <class... F>
struct Overload : F... {
  using F::operator()...;
};

// The fields that `hpke`, `enclave` and `live` share.
template <class S>
void write_sealed(cbor::Writer& out, const S& stanza) {
  out.uint(static_cast<std::uint64_t>(stanza.kem)).bstr(stanza.enc).bstr(stanza.ct);
}

template <class S>
void read_sealed(cbor::Reader& in, S& stanza) {
  const auto kem = crypto::kem_from_id(in.uint(UINT16_MAX));
  if (in.ok() && !kem) in.refuse(kem.error().reason, kem.error().found, kem.error().expected);
  if (kem) stanza.kem = *kem;
  stanza.enc = to_bytes(in.bstr(crypto::kem_enc_max));
  stanza.ct = to_bytes(in.bstr(stanza_ct_max));
  if (!in.ok()) return;
  if (stanza.enc.size() != crypto::enc_size(stanza.kem))
    in.refuse(Reject::malformed, std::to_string(stanza.enc.size()) + " bytes of encapsulated key",
              std::to_string(crypto::enc_size(stanza.kem)));
  if (stanza.ct.size() != stanza_ct_max)
    in.refuse(Reject::malformed, std::to_string(stanza.ct.size()) + " bytes of sealed key",
              std::to_string(stanza_ct_max));
}

constexpr std::size_t fields_hpke = 5, fields_enclave = 5, fields_broker = 2, fields_live = 6;
}  // namespace

std::string_view type_of(const Stanza& stanza) {
  return std::visit(Overload{[](const HpkeStanza&) { return std::string_view("hpke"); },
                             [](const EnclaveStanza&) { return std::string_view("enclave"); },
                             [](const BrokerStanza&) { return std::string_view("broker"); },
                             [](const LiveStanza&) { return std::string_view("live"); },
                             [](const OtherStanza& s) { return std::string_view(s.type); }},
                    stanza);
}

Bytes encode(const Stanza& stanza) {
  cbor::Writer out;
  std::visit(Overload{[&](const HpkeStanza& s) {
                        out.document("hpke", fields_hpke).bstr(s.key_id);
                        write_sealed(out, s);
                      },
                      [&](const EnclaveStanza& s) {
                        out.document("enclave", fields_enclave).bstr(s.binding);
                        write_sealed(out, s);
                      },
                      [&](const BrokerStanza& s) { out.document("broker", fields_broker).bstr(s.wrapped_key); },
                      [&](const LiveStanza& s) {
                        out.document("live", fields_live).bstr(s.binding);
                        write_sealed(out, s);
                        out.bstr(s.wrapped_key);
                      },
                      [&](const OtherStanza& s) { out.raw(s.encoded); }},
             stanza);
  return out.take();
}

Result<Stanza> parse_stanza(View encoded) {
  if (encoded.size() > stanza_size_max)
    return fail(Reject::too_large, "a stanza of " + std::to_string(encoded.size()) + " bytes",
                "at most " + std::to_string(stanza_size_max));
  // The type decides how many fields there must be, so it is read twice: first alone, then as the label.
  cbor::Reader probe(encoded);
  auto container = probe.array(SIZE_MAX);
  const bool any = probe.more(container);
  const std::string type(any ? probe.tstr(stanza_type_max) : std::string_view{});
  if (!probe.ok()) return std::unexpected(probe.status().error());
  if (!any) return fail(Reject::malformed, "a stanza without a type", "[type, fields...]");

  cbor::Reader in(encoded);
  Stanza out;
  if (type == "hpke") {
    HpkeStanza s;
    in.document(type, fields_hpke);
    s.key_id = in.bytes_of<8>();
    read_sealed(in, s);
    out = std::move(s);
  } else if (type == "enclave") {
    EnclaveStanza s;
    in.document(type, fields_enclave);
    s.binding = in.bytes_of<64>();
    read_sealed(in, s);
    out = std::move(s);
  } else if (type == "broker") {
    BrokerStanza s;
    in.document(type, fields_broker);
    s.wrapped_key = to_bytes(in.bstr(stanza_size_max));
    out = std::move(s);
  } else if (type == "live") {
    LiveStanza s;
    in.document(type, fields_live);
    s.binding = in.bytes_of<64>();
    read_sealed(in, s);
    s.wrapped_key = to_bytes(in.bstr(stanza_size_max));
    out = std::move(s);
  } else {
    in.item();
    out = OtherStanza{type, to_bytes(encoded)};
  }
  GLOVEBOX_CHECK(in.finish());
  return out;
}

KeyId key_id_of(const crypto::KemPublic& key) {
  const Digest digest = crypto::sha256(key.bytes());
  KeyId out;
  std::copy_n(digest.begin(), out.size(), out.begin());
  return out;
}
}  // namespace glovebox::envelope
