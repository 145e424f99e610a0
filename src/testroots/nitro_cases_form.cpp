// The cases of AWS Nitro Enclaves that are about form and signature.
#include "testroots/nitro_maker.h"

namespace glovebox::testroots {
namespace {
using attestation::Evidence;
using attestation::NitroClaims;
using attestation::Pcr;
}  // namespace

void NitroMaker::accepted() const {
  const Bytes payload_bytes = claims(chain).encode();
  document("accepted", "accepted", "what an enclave of ours sends", "docs/spec/evidence.md, Message", good());
  document("accepted-tagged", "accepted", "the document has CBOR tag 18", "RFC 9052, section 4.2",
           cbor::Writer().tag(18).raw(good()).take());
  payload("accepted-indefinite-map", "accepted",
          "the claims are a map of indefinite length, as hardware writes since 2025", "RFC 8949, section 3.2.2",
          [](Bytes& bytes) {
            bytes[0] = 0xbf;
            bytes.push_back(0xff);
          });
  const auto signature = signer.leaf_key.sign(to_be_signed(payload_bytes));
  document("accepted-low-s", "accepted", "the lesser of the two values of s", "FIPS 186-5, section 6.4",
           NitroSigner::raw(es384_header(), empty_map(), payload_bytes, low_s(signature)));
  document("accepted-high-s", "accepted", "the greater of the two values of s: hardware makes both",
           "docs/spec/evidence.md, Appraisal",
           NitroSigner::raw(es384_header(), empty_map(), payload_bytes, high_s(signature)));
  claim("accepted-root-of-the-bundle-is-ignored", "accepted", "cabundle[0] is garbage: the root is the verifier's own",
        std::string(nitro_spec) + "2", [](NitroClaims& c) { c.cabundle[0] = {0x30}; });
  claim("accepted-oldest", "accepted", "a document exactly as old as the policy allows", std::string(nitro_spec) + "4",
        [](NitroClaims& c) { c.timestamp = c.timestamp.plus_seconds(-300); });
}

void NitroMaker::forms() const {
  const std::string form = std::string(nitro_spec) + "1";
  const std::string map = std::string(nitro_text) + "section 2.2.2";
  const Bytes bytes = claims(chain).encode();
  const auto signature = signer.leaf_key.sign(to_be_signed(bytes));
  document("malformed-unprotected-header", "evidence_malformed", "a header that the signature does not cover", form,
           NitroSigner::raw(es384_header(), Bytes{0xa1, 0x04, 0x41, 0x00}, bytes, signature));
  document("malformed-two-protected-headers", "evidence_malformed", "a second protected header", form,
           NitroSigner::raw(Bytes{0xa2, 0x01, 0x38, 0x22, 0x04, 0x41, 0x00}, empty_map(), bytes, signature));
  document("malformed-signature-95", "evidence_malformed", "a signature of 95 bytes", form,
           NitroSigner::raw(es384_header(), empty_map(), bytes, View(signature).first(95)));
  document("malformed-signature-97", "evidence_malformed", "a signature of 97 bytes", form,
           NitroSigner::raw(es384_header(), empty_map(), bytes, concat({signature, Bytes{0}})));
  document("malformed-tag-17", "evidence_malformed", "the tag of another COSE structure", form,
           cbor::Writer().tag(17).raw(good()).take());
  document("malformed-trailing-byte", "evidence_malformed", "a byte after the document", form,
           concat({good(), Bytes{0}}));
  payload("malformed-trailing-byte-in-the-payload", "evidence_malformed", "a byte after the claims", form,
          [](Bytes& p) { p.push_back(0); });
  payload("malformed-claim-twice", "evidence_malformed", "the claim module_id stands twice", "RFC 8949, section 5.6",
          [](Bytes& p) {
            p[0] = 0xaa;
            const Bytes again = cbor::Writer().tstr("module_id").tstr("i-1").take();
            p.insert(p.end(), again.begin(), again.end());
          });
  payload("malformed-claim-unknown", "evidence_malformed", "a tenth claim that nobody knows", map, [](Bytes& p) {
    p[0] = 0xaa;
    const Bytes more = cbor::Writer().tstr("extra").uint(1).take();
    p.insert(p.end(), more.begin(), more.end());
  });
  payload("malformed-indefinite-string", "evidence_malformed", "a text of indefinite length", form, [](Bytes& p) {
    // the first key, module_id (9 letters), in one chunk
    const Bytes chunked = concat({Bytes{0x7f}, View(p).subspan(1, 10), Bytes{0xff}});
    p.erase(p.begin() + 1, p.begin() + 11);
    p.insert(p.begin() + 1, chunked.begin(), chunked.end());
  });
  payload("malformed-longer-integer", "evidence_malformed", "a length written in more bytes than it needs", form,
          [](Bytes& p) {
            p[1] = 0x78;  // module_id's head: text, one byte of length
            p.insert(p.begin() + 2, 9);
          });
  const auto change = [&](std::string name, std::string why, const std::function<void(NitroClaims&)>& spoil) {
    claim("malformed-" + std::move(name), "evidence_malformed", std::move(why), map, spoil);
  };
  change("register-32", "register 32 of 0 to 31", [](NitroClaims& c) { c.pcrs[32] = Pcr{}; });
  change("no-registers", "an empty map of registers", [](NitroClaims& c) { c.pcrs.clear(); });
  change("module-empty", "an empty module_id", [](NitroClaims& c) { c.module_id.clear(); });
  change("bundle-empty", "a cabundle of none", [](NitroClaims& c) { c.cabundle.clear(); });
  change("certificate-empty", "a certificate of no bytes", [](NitroClaims& c) { c.certificate.clear(); });
  change("certificate-1025", "a certificate of 1025 bytes", [](NitroClaims& c) { c.certificate.resize(1025); });
  change("nonce-513", "a nonce of 513 bytes", [](NitroClaims& c) { c.nonce = Bytes(513); });
  change("user-data-513", "user_data of 513 bytes", [](NitroClaims& c) { c.user_data = Bytes(513); });
  change("public-key-1025", "a public_key of 1025 bytes", [](NitroClaims& c) { c.public_key = Bytes(1025); });
  payload("malformed-register-47-bytes", "evidence_malformed", "a register of 47 bytes", map, [&](Bytes& p) {
    const Bytes whole = cbor::Writer().uint(0).bstr(image).take();
    const auto found = std::ranges::search(p, whole);
    const Bytes cut = cbor::Writer().uint(0).bstr(View(image).first(47)).take();
    const auto where = p.erase(found.begin(), found.end());
    p.insert(where, cut.begin(), cut.end());
  });
  payload("malformed-nonce-as-text", "evidence_malformed", "a nonce that is text", map, [](Bytes& p) {
    p[p.size() - 34] = 0x78;  // 0x58 0x20, bytes, becomes 0x78 0x20, text
  });
  payload("malformed-digest-sha256", "evidence_malformed", "another digest than SHA384", map, [](Bytes& p) {
    const auto found = std::ranges::search(p, std::string_view("SHA384"));
    std::ranges::copy(std::string_view("SHA256"), found.begin());
  });
  payload("malformed-payload-16385", "evidence_malformed", "a payload of 16385 bytes",
          std::string(nitro_text) + "section 2.2.1", [](Bytes& p) { p.resize(16385); });
  payload("platform-nitrotpm", "platform_unknown",
          "registers of a NitroTPM, which firmware of an ordinary instance fills", form, [](Bytes& p) {
            const auto found = std::ranges::search(p, std::string_view("\x64pcrs"));
            const Bytes other = cbor::Writer().tstr("nitrotpm_pcrs").take();
            const auto where = p.erase(found.begin(), found.end());
            p.insert(where, other.begin(), other.end());
          });
  beside("platform-media-type-of-snp", "platform_unknown", "a Nitro document called an SNP report", form,
         [](Evidence& e) { e.media_type = attestation::media_type_sev_snp; });
  beside("platform-media-type-of-nobody", "platform_unknown", "a media type that nobody knows", form,
         [](Evidence& e) { e.media_type = "application/octet-stream"; });
  const auto relabelled = [&](std::string name, std::string why, Bytes header, std::size_t size) {
    document(
        "algorithm-" + std::move(name), "algorithm_unsupported", std::move(why), form,
        NitroSigner::raw(header, empty_map(), bytes,
                         Bytes(View(signature).begin(), View(signature).begin() + static_cast<std::ptrdiff_t>(size))));
  };
  relabelled("es256", "ES256 in place of ES384", {0xa1, 0x01, 0x26}, 64);
  relabelled("eddsa", "EdDSA in place of ES384", {0xa1, 0x01, 0x27}, 64);
  document("algorithm-unsigned-emulator", "algorithm_unsupported",
           "algorithm -1 and 64 zeros: an emulator's, signed by nobody", form,
           NitroSigner::raw(Bytes{0xa1, 0x01, 0x20}, empty_map(), bytes, Bytes(64)));
}

void NitroMaker::signatures() const {
  const std::string clause = std::string(nitro_spec) + "3";
  const Bytes bytes = claims(chain).encode();
  const auto signature = signer.leaf_key.sign(to_be_signed(bytes));
  const auto with = [&](std::string name, std::string why, View wrong) {
    document("signature-" + std::move(name), "evidence_signature_invalid", std::move(why), clause,
             NitroSigner::raw(es384_header(), empty_map(), bytes, wrong));
  };
  auto wrong = signature;
  wrong[95] ^= 1;
  with("bit-flipped", "one bit of the signature", wrong);
  wrong = signature;
  std::fill_n(wrong.begin(), 48, std::uint8_t{0});
  with("r-zero", "r = 0", wrong);
  wrong = signature;
  std::fill_n(wrong.begin() + 48, 48, std::uint8_t{0});
  with("s-zero", "s = 0", wrong);
  with("zeros", "a signature of zeros", Bytes(96));
  with("by-the-intermediate", "signed by the key of the certificate above the leaf",
       signer.instance_key.sign(to_be_signed(bytes)));
  with("by-nobody", "signed by a key of nobody", crypto::EcKey::generate().sign(to_be_signed(bytes)));
  with("without-the-structure", "over the payload alone, not over Sig_structure", signer.leaf_key.sign(bytes));
  Bytes changed = bytes;
  changed[changed.size() - 1] ^= 1;  // of the nonce
  document("signature-payload-changed", "evidence_signature_invalid", "one bit of the claims, after signing", clause,
           NitroSigner::raw(es384_header(), empty_map(), changed, signature));
}

}  // namespace glovebox::testroots
