// The cases of Intel's TDX and SGX: forms, signatures, bindings, states. What comes of certificates and documents
// stands in intel_cases_collateral.cpp.
#include "testroots/intel_cases.h"

#include "attestation/cmw.h"

namespace glovebox::testroots {
namespace {
using attestation::EnclaveReport;
using attestation::Quote;
using attestation::TdReport;
using attestation::Tee;
const std::string format = "Intel TDX DCAP Quoting Library API, appendix A.3";
const std::string format_sgx = "Intel SGX ECDSA Quote Library API, appendix A.4";
const std::string spec = "docs/spec/evidence.md, Appraisal, step ";
const std::string rules = "docs/spec/policy.md, [evidence.tdx] and [evidence.sgx]";

TdReport& td(Quote& quote) {
  return std::get<TdReport>(quote.body);
}
EnclaveReport& enclave(Quote& quote) {
  return std::get<EnclaveReport>(quote.body);
}
// r || s with the other s: n - s.
void other_s(Array<64>& signature) {
  constexpr Array<32> n = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
                           0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
                           0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference = n[i] - signature[32 + i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    signature[32 + i] = static_cast<std::uint8_t>(difference & 0xff);
  }
}
void later(Quote& quote) {
  quote.version = 5;
  td(quote).later = TdReport::Later{.tee_tcb_svn2 = td(quote).tee_tcb_svn};
}

void accepted(const IntelMaker& m) {
  const std::string& form = m.tee == Tee::tdx ? format : format_sgx;
  m.add({"accepted", "accepted", "what a guest or an enclave of ours sends", "docs/spec/evidence.md, Message"},
        m.message(m.good()).encode());
  m.before({"accepted-no-auth-data", "accepted", "a quoting enclave that hashed nothing beside its key", form},
           [](Quote& q) { q.auth_data.clear(); });
  m.after({"accepted-padded", "accepted", "zeros behind the quote, as hosts hand out their whole buffer", form},
          [](Bytes& b) { b.resize(8000); });
  for (const bool other : {false, true}) {
    m.signed_then({other ? "accepted-other-s" : "accepted-one-s", "accepted",
                   "either value of s that ECDSA takes for one", "FIPS 186-5, section 6.4"},
                  [&](Quote& q) {
                    if (other) other_s(q.signature);
                  });
  }
  m.before(
      {"accepted-one-platform", "accepted", "the one platform, of the one kind, that the policy lists", rules},
      [](Quote&) {}, "one-platform");
  if (m.tee == Tee::tdx) {
    m.before({"accepted-version-5", "accepted", "version 5 with TDX 1.0's report", format},
             [](Quote& q) { q.version = 5; });
    m.before({"accepted-tdx-1.5", "accepted", "version 5 with TDX 1.5's report", format}, later);
    m.before(
        {"accepted-service-td", "accepted", "the service guest that the policy names", rules},
        [](Quote& q) {
          later(q);
          td(q).later->mr_service_td.fill(0x5d);
        },
        "service-td");
    m.before({"accepted-module-0", "accepted", "a TDX module of before there were identities", form},
             [](Quote& q) { td(q).tee_tcb_svn = {5, 0, 3}; });
    m.before(
        {"accepted-no-septve", "accepted", "no SEPT_VE_DISABLE, and the policy says that it leaves that", rules},
        [](Quote& q) { td(q).td_attributes = 0; }, "no-septve");
    m.before(
        {"accepted-rtmr3-unchecked", "accepted", "something in RTMR3, and the policy says that it leaves that", rules},
        [](Quote& q) { td(q).rtmr[3].fill(9); }, "rtmr3-unchecked");
    return;
  }
  m.before({"accepted-version-4", "accepted", "version 4 with SGX's report", format}, [](Quote& q) {
    q.version = 4;
    q.qe_svn = q.pce_svn = 0;
  });
  m.before({"accepted-version-5", "accepted", "version 5 with SGX's report", format}, [](Quote& q) {
    q.version = 5;
    q.qe_svn = q.pce_svn = 0;
  });
  m.before(
      {"accepted-by-signer", "accepted", "known by its signer, product and least version", rules}, [](Quote&) {},
      "signer");
  m.before(
      {"accepted-by-signer-newer", "accepted", "a newer version than the least", rules},
      [](Quote& q) { enclave(q).isv_svn = 9; }, "signer");
}

void forms(const IntelMaker& m) {
  const bool tdx = m.tee == Tee::tdx;
  const std::string& form = tdx ? format : format_sgx;
  const auto byte = [&](std::string name, std::string why, std::size_t offset, std::uint8_t value) {
    m.after({"malformed-" + std::move(name), "evidence_malformed", std::move(why), form},
            [=](Bytes& b) { b[offset] = value; });
  };
  byte("version-2", "version 2", 0, 2);
  byte("version-6", "version 6, of which nobody knows anything", 0, 6);
  byte("tee-type", "a TEE type that nobody knows", 4, 7);
  byte("vendor", "a quoting enclave of another vendor", 12, 0);
  m.after({"algorithm-3", "algorithm_unsupported", "an attestation key on P-384", form}, [](Bytes& b) { b[2] = 3; });
  const std::size_t body = 48;
  const std::size_t behind = body + (tdx ? 584 : 384);
  if (tdx) {
    byte("reserved-header", "a reserved byte of the header", 8, 1);
    m.before({"malformed-body-type", "evidence_malformed", "version 5 with SGX's body type", format},
             [](Quote& q) { q.version = 5; });
    auto& one = m.suite.cases.back();
    auto message = attestation::Evidence::parse(one.evidence).value();
    message.document[48] = 1;
    one.evidence = message.encode();
    byte("frame", "no frame around the quoting enclave's report", behind + 4 + 128, 5);
    byte("frame-short", "a frame that ends before what it holds", behind + 4 + 128 + 2, 0);
  } else {
    byte("reserved-20", "a reserved byte of the report", body + 20, 1);
    byte("reserved-96", "a reserved byte of the report", body + 96, 1);
    byte("reserved-160", "a reserved byte of the report", body + 160, 1);
    byte("reserved-262", "a reserved byte of the report", body + 262, 1);
  }
  byte("long-signature-data", "signature data that ends behind the file", behind + 3, 1);
  byte("short-signature-data", "signature data that ends before its parts", behind + 1, 1);
  m.before({"malformed-long-auth-data", "evidence_malformed", "1025 bytes beside the key", form},
           [](Quote& q) { q.auth_data.resize(1025); });
  m.signed_then({"malformed-certification-0", "evidence_malformed", "certification data of type 0", form},
                [](Quote& q) { q.certification = attestation::Certification{0}; });
  m.signed_then({"malformed-certification-7", "evidence_malformed", "certification data of type 7", form},
                [](Quote& q) { q.certification = attestation::Certification{7}; });
  m.after({"malformed-trailing", "evidence_malformed", "a byte behind the quote that is not zero", form},
          [](Bytes& b) { b.push_back(1); });
  m.beside({"malformed-in-a-message-cut", "evidence_malformed", "a message with half a quote", spec + "1"},
           [](attestation::Evidence& e) { e.document.resize(900); });
  m.beside({"platform-called-nitro", "platform_unknown", "a quote called a Nitro document", spec + "1"},
           [](attestation::Evidence& e) { e.media_type = attestation::media_type_nitro; });
  m.beside({tdx ? "platform-called-sgx" : "platform-called-tdx", "platform_unknown",
            "called a quote of the other platform", spec + "1"},
           [&](attestation::Evidence& e) {
             e.media_type = tdx ? attestation::media_type_sgx : attestation::media_type_tdx;
           });
}

void signatures(const IntelMaker& m) {
  const std::string clause = spec + "3";
  const auto with = [&](std::string name, std::string why, const std::function<void(Quote&)>& change) {
    m.signed_then({"signature-" + std::move(name), "evidence_signature_invalid", std::move(why), clause}, change);
  };
  with("bit-of-r", "one bit of r", [](Quote& q) { q.signature[0] ^= 1; });
  with("bit-of-s", "one bit of s", [](Quote& q) { q.signature[63] ^= 1; });
  with("zero", "r = s = 0", [](Quote& q) { q.signature = {}; });
  with("little-endian", "r and s with their bytes the other way round", [](Quote& q) {
    std::reverse(q.signature.begin(), q.signature.begin() + 32);
    std::reverse(q.signature.begin() + 32, q.signature.end());
  });
  with("body-changed", "one bit of the caller's data, after signing",
       [](Quote& q) { IntelMaker::caller_data(q)[0] ^= 1; });
  with("header-changed", "one bit of the header, after signing", [](Quote& q) { q.user_data[0] ^= 1; });
  with("quoting-bit", "one bit of the platform's signature on the quoting enclave's report",
       [](Quote& q) { q.quoting_signature[9] ^= 1; });
  with("quoting-changed", "the quoting enclave's version, after signing", [](Quote& q) { ++q.quoting.isv_svn; });
  with("quoting-zero", "no signature on the quoting enclave's report", [](Quote& q) { q.quoting_signature = {}; });
  with("auth-data-changed", "one bit of what was hashed beside the key", [](Quote& q) { q.auth_data[5] ^= 1; });
  with("key-of-nobody", "signed by a key that the quoting enclave does not bind", [](Quote& q) {
    const auto key = crypto::P256Key::generate();
    q.key = key.public_key().point();
    const Bytes bytes = q.encode();
    q.signature = key.sign(View(bytes).first(q.signed_size()));
  });
  with("key-off-the-curve", "an attestation key that is no point of the curve", [&](Quote& q) {
    q.key[63] ^= 1;
    m.signer.sign_quoting(q);
  });
  with("binding-beyond-hash", "bytes behind the hash that binds the key", [&](Quote& q) {
    q.quoting.report_data[40] = 1;
    Writer report;
    q.quoting.write(report);
    q.quoting_signature = m.signer.leaf_key.sign(report.view());
  });
  with("quoting-by-itself", "the quoting enclave's report signed by the attestation key", [&](Quote& q) {
    Writer report;
    q.quoting.write(report);
    q.quoting_signature = m.signer.attestation_key.sign(report.view());
  });
}

void bindings(const IntelMaker& m) {
  m.beside({"nonce-other", "nonce_mismatch", "a replay: made for another nonce", spec + "5"},
           [](attestation::Evidence& e) { e.nonce[0] ^= 1; });
  m.beside({"binding-relayed", "binding_mismatch", "a relay: a true quote with the key of somebody else beside it",
            spec + "5"},
           [](attestation::Evidence& e) {
             auto keys = e.keys.keys();
             keys[0].public_key = crypto::KemPrivate::generate(crypto::Kem::x25519).public_key().bytes();
             e.keys = *attestation::KeySet::create(keys);
           });
  m.beside({"binding-context", "binding_mismatch", "another context beside the quote", spec + "5"},
           [](attestation::Evidence& e) { std::get<attestation::ClientContext>(e.context).configuration[0] ^= 1; });
  m.before({"binding-zero", "binding_mismatch", "no data of a caller", spec + "5"},
           [](Quote& q) { IntelMaker::caller_data(q) = {}; });
  m.before({"binding-last-byte", "binding_mismatch", "the last byte of the binding", spec + "5"},
           [](Quote& q) { IntelMaker::caller_data(q)[63] ^= 1; });
  const attestation::Context release = attestation::ReleaseContext{Digest{1}, Digest{2}, m.receipt.public_key()};
  const auto one_key = attestation::KeySet::of(m.hpke.public_key());
  Quote q = m.quote();
  std::ranges::copy(attestation::make_binding(m.nonce, one_key, release).view(), IntelMaker::caller_data(q).begin());
  attestation::Evidence for_release = m.message(m.document(q));
  for_release.keys = one_key;
  for_release.context = release;
  m.add({"purpose-release", "purpose_mismatch", "made for a broker, shown to a client", spec + "5"},
        for_release.encode());
}

void states_of_guests(const IntelMaker& m) {
  const auto attributes = [&](std::string name, std::string word, std::string why, unsigned bit) {
    m.before({std::move(name), std::move(word), std::move(why), "Intel TDX module ABI, TD_ATTRIBUTES"},
             [=](Quote& q) { td(q).td_attributes |= std::uint64_t{1} << bit; });
  };
  attributes("debug", "debug_enclave", "the debug bit", 0);
  attributes("debug-profiling", "debug_enclave", "a guest that the host may profile", 5);
  attributes("debug-reserved", "debug_enclave", "a reserved bit of the group that gives the host insight", 2);
  attributes("migratable", "guest_policy_not_allowed", "a guest that a migration guest may move", 29);
  attributes("attributes-reserved", "guest_policy_not_allowed", "an attribute that nobody knows", 40);
  m.before({"no-septve", "guest_policy_not_allowed", "without SEPT_VE_DISABLE", rules},
           [](Quote& q) { td(q).td_attributes = 0; });
  m.before({"xfam-reserved", "guest_policy_not_allowed", "a feature that nobody knows", "Intel TDX module ABI, XFAM"},
           [](Quote& q) { td(q).xfam |= std::uint64_t{1} << 50; });
  m.before({"xfam-without-sse", "guest_policy_not_allowed", "a guest without SSE", "Intel TDX module ABI, XFAM"},
           [](Quote& q) { td(q).xfam = 1; });
  m.before({"service-td", "guest_policy_not_allowed", "a service guest that the policy does not name", rules},
           [](Quote& q) {
             later(q);
             td(q).later->mr_service_td.fill(1);
           });
  m.before({"service-td-absent", "guest_policy_not_allowed", "no service guest, where the policy names one", rules},
           later, "service-td");
  m.before({"module-signer", "module_unknown", "a TDX module that Intel did not sign", spec + "8"},
           [](Quote& q) { td(q).mr_signer_seam[0] = 1; });
  m.before({"module-attributes", "module_unknown", "a TDX module in debug mode", spec + "8"},
           [](Quote& q) { td(q).seam_attributes[0] = 1; });
  m.before({"module-without-identity", "module_unknown", "a TDX module that TCB info does not know", spec + "8"},
           [](Quote& q) { td(q).tee_tcb_svn[1] = 9; });
  m.before({"measurement", "measurement_unknown", "one bit of MRTD", spec + "8"},
           [](Quote& q) { td(q).mr_td[47] ^= 1; });
  for (std::size_t i = 0; i < 4; ++i)
    m.before({"rtmr" + std::to_string(i), "measurement_unknown", "one bit of RTMR" + std::to_string(i), spec + "8"},
             [i](Quote& q) { td(q).rtmr[i][0] ^= 1; });
  m.before({"config-id", "configuration_unknown", "started with other models", spec + "8"},
           [](Quote& q) { td(q).mr_config_id[0] ^= 1; });
  m.before({"config-id-zero", "configuration_unknown", "started with no word on models and configuration", spec + "8"},
           [](Quote& q) { td(q).mr_config_id = {}; });
}

void states_of_enclaves(const IntelMaker& m) {
  const std::string sdm = "Intel SDM volume 3D, ATTRIBUTES";
  m.before({"debug", "debug_enclave", "the debug bit", sdm}, [](Quote& q) { enclave(q).attributes[0] |= 2; });
  m.before({"not-started", "guest_policy_not_allowed", "an enclave that was never started", sdm},
           [](Quote& q) { enclave(q).attributes[0] &= 0xfe; });
  m.before({"provisioning", "guest_policy_not_allowed", "an enclave that may ask for the platform's own keys", sdm},
           [](Quote& q) { enclave(q).attributes[0] |= 0x10; });
  m.before({"measurement", "measurement_unknown", "one bit of MRENCLAVE", spec + "8"},
           [](Quote& q) { enclave(q).mr_enclave[31] ^= 1; });
  m.before(
      {"signer", "measurement_unknown", "one bit of MRSIGNER", rules}, [](Quote& q) { enclave(q).mr_signer[0] ^= 1; },
      "signer");
  m.before(
      {"signer-product", "measurement_unknown", "another product of the same signer", rules}, [](Quote&) {},
      "signer-other-product");
  m.before(
      {"signer-version", "measurement_unknown", "an older version than the least", rules}, [](Quote&) {},
      "signer-newer");
  m.before({"config-id", "configuration_unknown", "started with other models", spec + "8"},
           [](Quote& q) { enclave(q).config_id[0] ^= 1; });
  m.before({"config-id-zero", "configuration_unknown", "started with no word on models and configuration", spec + "8"},
           [](Quote& q) { enclave(q).config_id = {}; });
}

void bare(const IntelMaker& m) {
  const bool tdx = m.tee == Tee::tdx;
  const std::string& form = tdx ? format : format_sgx;
  Quote q = m.signer.quote();
  std::ranges::copy(m.nonce, IntelMaker::caller_data(q).begin());
  const Bytes document = m.document(q);
  m.add({"bare-accepted", "accepted", "a quote of somebody else's, its nonce in the caller's data", rules}, document,
        "none");
  m.add({"bare-accepted-no-nonce", "accepted", "the same, and no nonce was asked for: nonce and time are unchecked",
         rules},
        document, "none", "", false);
  m.add({"bare-cmw", "accepted", "the same in a conceptual message wrapper", "RFC 9999, section 3.1"},
        attestation::Cmw{std::string(tdx ? attestation::media_type_tdx : attestation::media_type_sgx), document}
            .to_cbor(),
        "none");
  m.add({"bare-unchecked", "accepted", "no collateral, and the policy says what it leaves for that", rules}, document,
        "unchecked", "-", false);
  m.add({"bare-truncated", "truncated", "half a quote", form}, to_bytes(View(document).first(document.size() / 2)),
        "none");
  m.add({"bare-truncated-by-a-byte", "truncated", "a quote without its last byte", form},
        to_bytes(View(document).first(document.size() - 1)), "none");
  IntelMaker::caller_data(q)[31] ^= 1;
  m.add({"bare-nonce", "nonce_mismatch", "a bare quote for another nonce", spec + "5"}, m.document(q), "none");
  IntelMaker::caller_data(q)[31] ^= 1;
  IntelMaker::caller_data(q)[32] = 1;
  m.add({"bare-nonce-and-more", "nonce_mismatch", "the nonce, and something behind it", spec + "5"}, m.document(q),
        "none");
  q = m.signer.quote();
  if (tdx)
    td(q).td_attributes |= 1;
  else
    enclave(q).attributes[0] |= 2;
  m.add({"bare-debug", "debug_enclave", "in debug mode, under profile none", spec + "7"}, m.document(q), "none", "",
        false);
  m.add({"platform-under-nitro", "platform_unknown", "a quote under a policy of Nitro alone", spec + "1"}, document,
        "/nitro-none", "-");
  const auto policy = [&](const char* name, const char* word, const char* why) {
    m.add({"policy-" + std::string(name), word, why, rules}, document, name);
  };
  policy("no-rules", "policy_empty", "the platform is listed and its rules are not there");
  policy("no-statuses", "policy_empty", "no statuses, and no word that tcb is unchecked");
  policy("no-evaluation", "policy_empty", "no least number of the documents");
  policy("no-platforms", "policy_empty", "no platforms, and no word that they are unchecked");
  policy("revoked", "policy_invalid", "a status under which nothing is sure");
  policy("unknown-status", "policy_invalid", "a status that Intel does not have");
  policy("both", "policy_invalid", "statuses, and a word that tcb is unchecked");
  policy("unknown-word", "policy_invalid", "unchecked names what cannot be left");
  policy("debug", "policy_invalid", "a key that would allow debugging: there is none");
  policy("zero-measurement", "policy_invalid", "an all-zero measurement");
  if (tdx)
    policy("no-rtmr3", "policy_empty", "a register without a value, and no word that it is unchecked");
  else
    policy("both-measurements", "policy_invalid", "known by itself and by its signer at once");
}
}  // namespace

void intel_cases(Suite& suite, Time at, attestation::Tee tee) {
  const IntelMaker make(suite, at, tee);
  make.policies();
  make.with_parts("", [](IntelMaker::Parts&) {});
  accepted(make);
  forms(make);
  signatures(make);
  intel_chains(make);
  intel_documents(make);
  bindings(make);
  if (tee == Tee::tdx)
    states_of_guests(make);
  else
    states_of_enclaves(make);
  bare(make);
}

}  // namespace glovebox::testroots
