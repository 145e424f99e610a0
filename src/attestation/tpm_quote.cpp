#include "attestation/tpm_quote.h"

#include "base/reader.h"
#include "crypto/hash.h"

namespace glovebox::attestation {
namespace {
constexpr std::string_view label = "glovebox tpm quote v1";
constexpr std::uint32_t magic = 0xff544347;  // TPM_GENERATED_VALUE
constexpr std::uint16_t type_quote = 0x8018;
constexpr std::uint16_t sha256 = 0x000b;
constexpr std::uint16_t rsassa = 0x0014;
constexpr std::uint16_t ecdsa = 0x0018;
constexpr std::size_t rsa_size_max = 512;
constexpr std::size_t half = 32;
constexpr std::array<std::uint8_t, 4> raw_magic = {0xff, 'T', 'C', 'G'};

std::unexpected<Error> malformed(std::string found, std::string expected = {}) {
  return fail(Reject::evidence_malformed, std::move(found), std::move(expected));
}
// as_evidence gives a reader's failure evidence's word, and keeps the two that mean something of their own.
std::unexpected<Error> as_evidence(const Error& error) {
  if (error.reason == Reject::truncated || error.reason == Reject::algorithm_unsupported) return std::unexpected(error);
  return malformed(std::string(name(error.reason)) + ": " + error.found, error.expected);
}
// framed: inside a frame what ends too early is not cut, it is wrong.
std::unexpected<Error> framed(const Error& error) {
  if (error.reason == Reject::truncated) return malformed("truncated: " + error.found, error.expected);
  return std::unexpected(error);
}

Bytes sized(Reader& in, std::size_t max, std::string_view what) {
  const std::size_t size = in.u16be();
  if (in.ok() && size > max)
    in.refuse(Reject::malformed, std::string(what) + " of " + std::to_string(size) + " bytes",
              "at most " + std::to_string(max));
  return to_bytes(in.bytes(in.ok() ? size : 0));
}

void put(Writer& out, View bytes) {
  out.u16be(static_cast<std::uint16_t>(bytes.size())).bytes(bytes);
}

// number is a number of ECDSA, in the size of the curve.
Bytes number(Reader& in) {
  Bytes bytes = sized(in, half, "a number");
  if (in.ok() && bytes.size() != half) in.refuse(Reject::malformed, "a number of another size", "32 bytes");
  return bytes;
}
}  // namespace

Bytes TpmAttest::encode() const {
  Writer out;
  out.u32be(magic).u16be(type_quote);
  put(out, signer);
  put(out, extra_data);
  out.u64be(clock).u32be(resets).u32be(restarts).u8(safe ? 1 : 0).u64be(firmware);
  out.u32be(1).u16be(sha256).u8(select_size);
  for (std::size_t i = 0; i < select_size; ++i) out.u8(static_cast<std::uint8_t>(selected >> (8 * i)));
  put(out, digest);
  return out.take();
}

Result<TpmAttest> TpmAttest::parse(View bytes) {
  Reader in(bytes);
  TpmAttest out;
  if (in.u32be() != magic) in.refuse(Reject::malformed, "another magic value", "ff544347, made inside a TPM");
  const std::uint16_t type = in.u16be();
  if (type != type_quote) in.refuse(Reject::malformed, "an attestation of another type", "8018, a quote");
  out.signer = sized(in, tpm_name_size_max, "a name");
  out.extra_data = sized(in, tpm_data_size_max, "a caller's data");
  out.clock = in.u64be();
  out.resets = in.u32be();
  out.restarts = in.u32be();
  const std::uint8_t safe = in.u8();
  if (safe > 1) in.refuse(Reject::malformed, "a flag that is neither 0 nor 1");
  out.safe = safe == 1;
  out.firmware = in.u64be();
  const std::uint32_t banks = in.u32be();
  if (in.ok() && banks != 1) in.refuse(Reject::malformed, std::to_string(banks) + " banks", "one");
  const std::uint16_t bank = in.u16be();
  if (in.ok() && bank != sha256)
    in.refuse(Reject::algorithm_unsupported, "registers of bank " + std::to_string(bank), "11 (SHA-256)");
  out.select_size = in.u8();
  if (in.ok() && out.select_size != 3 && out.select_size != 4)
    in.refuse(Reject::malformed, "a selection of " + std::to_string(out.select_size) + " bytes", "3 or 4");
  for (std::size_t i = 0; i < out.select_size && in.ok(); ++i) out.selected |= std::uint32_t{in.u8()} << (8 * i);
  if (in.ok() && (out.selected == 0 || out.selected >> tpm_registers != 0))
    in.refuse(Reject::malformed, "a selection of no registers, or of some beyond 23", "registers 0 to 23");
  const Bytes digest = sized(in, out.digest.size(), "a digest");
  if (in.ok() && digest.size() != out.digest.size())
    in.refuse(Reject::malformed, "a digest of another size", "32 bytes");
  if (const auto end = in.finish(); !end) return as_evidence(end.error());
  std::ranges::copy(digest, out.digest.begin());
  return out;
}

Bytes TpmSignature::encode() const {
  Writer out;
  out.u16be(rsa ? rsassa : ecdsa).u16be(sha256);
  if (rsa) {
    put(out, value);
  } else {
    put(out, View(value).first(half));
    put(out, View(value).subspan(half));
  }
  return out.take();
}

Result<TpmSignature> TpmSignature::parse(View signature) {
  Reader in(signature);
  const std::uint16_t algorithm = in.u16be();
  const std::uint16_t hash = in.u16be();
  if (in.ok() && ((algorithm != rsassa && algorithm != ecdsa) || hash != sha256))
    return fail(Reject::algorithm_unsupported,
                "signature algorithm " + std::to_string(algorithm) + " with hash " + std::to_string(hash),
                "20 (RSASSA) or 24 (ECDSA), with 11 (SHA-256)");
  TpmSignature out{.rsa = algorithm == rsassa, .value = {}};
  if (out.rsa) {
    out.value = sized(in, rsa_size_max, "a signature");
  } else {
    const Bytes r = number(in);
    const Bytes s = number(in);
    out.value = concat({r, s});
  }
  if (const auto end = in.finish(); !end) return framed(as_evidence(end.error()).error());
  return out;
}

void TpmQuote::write(cbor::Writer& out) const {
  out.bstr(attest_bytes).bstr(signature.encode()).map(registers.size());
  for (const auto& [index, value] : registers) out.uint(index).bstr(value);
}

Result<TpmQuote> TpmQuote::read(cbor::Reader& in) {
  TpmQuote out;
  out.attest_bytes = to_bytes(in.bstr(tpm_attest_size_max));
  const View signature = in.bstr(tpm_signature_size_max);
  std::uint32_t listed = 0;
  for (auto map = in.map(tpm_registers); in.more(map);) {
    const std::uint64_t index = in.key_uint(map);
    const Digest value = in.bytes_of<32>();
    if (in.ok() && index >= tpm_registers) in.refuse(Reject::malformed, "a register beyond 23");
    if (!in.ok()) break;
    out.registers.emplace(static_cast<std::uint8_t>(index), value);
    listed |= std::uint32_t{1} << index;
  }
  if (!in.ok()) return as_evidence(in.status().error());
  auto attest = TpmAttest::parse(out.attest_bytes);
  if (!attest) return framed(attest.error());
  out.attest = std::move(*attest);
  GLOVEBOX_TRY(parsed, TpmSignature::parse(signature));
  out.signature = std::move(parsed);
  if (listed != out.attest.selected) return malformed("values of other registers than are quoted", "of exactly those");
  return out;
}

Bytes TpmQuote::encode() const {
  cbor::Writer out;
  out.document(label, 4);
  write(out);
  return out.take();
}

Result<TpmQuote> TpmQuote::parse(View document) {
  if (document.size() >= raw_magic.size() && equal(document.first(raw_magic.size()), raw_magic))
    return malformed("a bare TPMS_ATTEST", "a document with its signature and its registers (docs/spec/evidence.md)");
  cbor::Reader whole(document);
  whole.item();
  if (!whole.ok() && whole.status().error().reason == Reject::truncated)
    return fail(Reject::truncated, std::to_string(document.size()) + " bytes of a quote", "the whole of it");
  cbor::Reader in(document);
  in.document(label, 4);
  if (!in.ok()) return as_evidence(in.status().error());
  GLOVEBOX_TRY(out, read(in));
  if (const auto end = in.finish(); !end) return as_evidence(end.error());
  return out;
}

Digest TpmQuote::registers_digest() const {
  crypto::Sha256 hash;
  for (const auto& [index, value] : registers) hash.update(value);
  return hash.finish();
}

}  // namespace glovebox::attestation
