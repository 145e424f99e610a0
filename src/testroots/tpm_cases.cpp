// The cases of a plain TPM, whose key was enrolled.
#include <functional>

#include "attestation/cmw.h"
#include "attestation/evidence.h"
#include "testroots/suite.h"
#include "testroots/tpm_signer.h"

namespace glovebox::testroots {
namespace {
using attestation::TpmQuote;
const std::string tpm = "TPM 2.0 Library, part 2, ";
const std::string spec = "docs/spec/evidence.md, Appraisal, step ";
const std::string rules = "docs/spec/policy.md, [evidence.tpm]";

struct TpmMaker {
  Suite& suite;
  Time at;
  TpmSigner signer{};
  TpmSigner curve{crypto::PlatformKeyKind::p256};
  TpmSigner stranger{};
  Bytes nonce = Bytes(32, 0x77);

  void add(Words words, Bytes evidence, std::string policy = "tpm", bool asks = true) const {
    suite.add(
        "tpm", std::move(words),
        {.evidence = std::move(evidence), .policy = std::move(policy), .at = at, .nonce = asks ? nonce : Bytes{}});
  }
  TpmQuote quote() const { return TpmSigner::quote(nonce); }
  Bytes good() const { return signer.sign(quote()).encode(); }
  // before spoils a quote before it is signed, after when it was.
  void before(Words words, const std::function<void(TpmQuote&)>& change, std::string policy = "tpm") const {
    TpmQuote q = quote();
    change(q);
    add(std::move(words), signer.sign(q).encode(), std::move(policy));
  }
  void after(Words words, const std::function<void(TpmQuote&)>& change) const {
    TpmQuote q = signer.sign(quote());
    change(q);
    add(std::move(words), q.encode());
  }
  // raw spoils the bytes of the attest before they are signed.
  void raw(Words words, const std::function<void(Bytes&)>& change) const {
    TpmQuote q = signer.sign(quote());
    change(q.attest_bytes);
    q.signature.value = signer.key.sign(q.attest_bytes);
    add(std::move(words), q.encode());
  }

  static std::string key(const TpmSigner& of, const std::string& name) {
    return "[[evidence.tpm.keys]]\nname = \"" + name + "\"\ntest = true\npublic_key = \"" +
           to_base64(of.key.public_key().spki()) + "\"\n";
  }
  static std::string version(std::initializer_list<int> indices, const std::string& name = "1.0") {
    std::string out = "[[evidence.tpm.versions]]\nversion = \"" + name + "\"\n";
    const auto registers = TpmSigner::registers();
    for (const int i : indices)
      out += "pcr" + std::to_string(i) + " = \"" + to_hex(registers.at(static_cast<std::uint8_t>(i))) + "\"\n";
    return out;
  }
  void policy(const std::string& name, const std::string& text, const std::string& profile = "none") const {
    std::string out = "# Its keys are test keys, made with these cases.\n[evidence]\nprofile = \"" + profile +
                      "\"\nplatforms = [\"tpm\"]\nfreshness_seconds = 300\n";
    if (profile == "glovebox")
      out += "kems = [\"x-wing\"]\nconfiguration = \"" + to_hex(Bytes(32, 0x33)) +
             "\"\n[[evidence.models]]\nname = \"a\"\ndigest = \"" + to_hex(Bytes(32, 0x11)) + "\"\n";
    suite.policies[name] = out + "[evidence.tpm]\n" + text;
  }
};

void policies(const TpmMaker& m) {
  const std::string keys = TpmMaker::key(m.signer, "machine 1") + TpmMaker::key(m.curve, "machine 2");
  const std::string boot = TpmMaker::version({0, 2, 4, 7, 11});
  m.policy("tpm", keys + boot);
  // and those that are none
  m.policy("tpm-no-keys", boot);
  m.policy("tpm-no-versions", keys);
  m.policy("tpm-no-registers", keys + TpmMaker::version({}));
  m.policy("tpm-zero-register", keys + TpmMaker::version({0, 16}));
  m.policy("tpm-register-24", keys + boot + "pcr24 = \"" + to_hex(Bytes(32, 1)) + "\"\n");
  m.policy("tpm-twice", keys + boot + TpmMaker::version({0, 2, 4, 7, 11}, "2.0"));
  m.policy("tpm-glovebox", keys + boot, "glovebox");
}

void accepted(const TpmMaker& m) {
  m.add({"accepted", "accepted", "a quote under an enrolled key", tpm + "10.12.8"}, m.good());
  m.add({"accepted-no-nonce", "accepted", "the same, and no nonce was asked for", spec + "5"}, m.good(), "tpm", false);
  m.add({"accepted-ecdsa", "accepted", "a key on P-256", tpm + "11.3.4"}, m.curve.sign(m.quote()).encode());
  m.add({"accepted-cmw", "accepted", "the same in a conceptual message wrapper", "RFC 9999, section 3.1"},
        attestation::Cmw{std::string(attestation::media_type_tpm), m.good()}.to_cbor());
  m.before({"accepted-few-registers", "accepted", "a quote over the policy's registers alone", rules}, [](TpmQuote& q) {
    std::erase_if(q.registers, [](const auto& r) {
      return r.first != 0 && r.first != 2 && r.first != 4 && r.first != 7 && r.first != 11;
    });
    q.attest.selected = 1U | 1U << 2 | 1U << 4 | 1U << 7 | 1U << 11;
    q.attest.digest = q.registers_digest();
  });
  m.before({"accepted-selection-of-4", "accepted", "a selection of four bytes", tpm + "10.6.1"},
           [](TpmQuote& q) { q.attest.select_size = 4; });
  m.before({"accepted-other-registers", "accepted", "another value in a register that the policy leaves", rules},
           [](TpmQuote& q) {
             q.registers[9][0] ^= 1;
             q.attest.digest = q.registers_digest();
           });
}

void forms(const TpmMaker& m) {
  const Bytes good = m.good();
  m.add({"truncated", "truncated", "half a document", spec + "1"}, to_bytes(View(good).first(good.size() / 2)));
  m.add({"truncated-by-one", "truncated", "a document without its last byte", spec + "1"},
        to_bytes(View(good).first(good.size() - 1)));
  const auto malformed = [&](std::string name, std::string why, const std::function<void(Bytes&)>& change) {
    m.raw({"malformed-" + std::move(name), "evidence_malformed", std::move(why), tpm + "10.12.8"}, change);
  };
  malformed("magic", "a structure that was not made inside a TPM", [](Bytes& b) { b[0] = 0xfe; });
  malformed("type-certify", "an attestation of a key, not of registers", [](Bytes& b) { b[5] = 0x17; });
  malformed("trailing", "a byte behind the TPMS_ATTEST", [](Bytes& b) { b.push_back(0); });
  malformed("cut", "a TPMS_ATTEST without its last byte", [](Bytes& b) { b.pop_back(); });
  malformed("long-name", "a signer's name of 300 bytes", [](Bytes& b) { b[6] = 1; });
  const auto spoilt = [&](std::string name, std::string why, const std::function<void(TpmQuote&)>& change) {
    m.before({"malformed-" + std::move(name), "evidence_malformed", std::move(why), tpm + "10.12.1"}, change);
  };
  spoilt("extra-data-67", "a caller's data of 67 bytes", [](TpmQuote& q) { q.attest.extra_data = Bytes(67); });
  spoilt("selection-of-2", "a selection of two bytes", [](TpmQuote& q) { q.attest.select_size = 2; });
  spoilt("no-selection", "a selection of no registers", [](TpmQuote& q) {
    q.attest.selected = 0;
    q.registers.clear();
  });
  spoilt("register-missing", "no value for a register that is quoted", [](TpmQuote& q) { q.registers.erase(5); });
  spoilt("register-too-many", "a value for a register that is not quoted",
         [](TpmQuote& q) { q.attest.selected &= ~(1U << 5); });
  m.add({"malformed-trailing-byte", "evidence_malformed", "a byte after the document", spec + "1"},
        concat({good, Bytes{0}}));
  m.add({"malformed-bare-attest", "evidence_malformed", "a bare TPMS_ATTEST, without signature and registers",
         spec + "1"},
        m.signer.sign(m.quote()).attest_bytes);
  m.raw({"algorithm-bank-sha1", "algorithm_unsupported", "a quote over the registers of SHA-1", tpm + "10.6.1"},
        [](Bytes& b) { b[b.size() - 34 - 5] = 0x04; });
}

void signatures(const TpmMaker& m) {
  const std::string word = "evidence_signature_invalid";
  const auto bad = [&](std::string name, std::string why, const std::function<void(TpmQuote&)>& change) {
    m.after({"signature-" + std::move(name), word, std::move(why), spec + "3"}, change);
  };
  bad("bit", "one bit of the signature", [](TpmQuote& q) { q.signature.value[17] ^= 1; });
  bad("zero", "a signature of zeros", [](TpmQuote& q) { std::ranges::fill(q.signature.value, std::uint8_t{0}); });
  bad("short", "a signature of 255 bytes", [](TpmQuote& q) { q.signature.value.pop_back(); });
  bad("payload-changed", "one bit of the caller's data, after signing",
      [](TpmQuote& q) { q.attest_bytes[6 + 2 + 34 + 2] ^= 1; });
  bad("called-ecdsa", "half an RSA signature, called one of ECDSA", [](TpmQuote& q) {
    q.signature.rsa = false;
    q.signature.value.resize(64);
  });
  m.add({"signature-by-nobody", word, "signed by a key that was not enrolled", spec + "3"},
        m.stranger.sign(m.quote()).encode());
  m.after({"parts-register", "parts_mismatch", "one bit of a register's value, beside a true quote", spec + "3"},
          [](TpmQuote& q) { q.registers[0][0] ^= 1; });
  m.after({"parts-exchanged", "parts_mismatch", "two registers with their values exchanged", spec + "3"},
          [](TpmQuote& q) { std::swap(q.registers[2], q.registers[4]); });
}

void rest(const TpmMaker& m) {
  m.before({"nonce-other", "nonce_mismatch", "a replay: made for another nonce", spec + "5"},
           [](TpmQuote& q) { q.attest.extra_data[0] ^= 1; });
  m.before({"nonce-absent", "nonce_mismatch", "no data of a caller", spec + "5"},
           [](TpmQuote& q) { q.attest.extra_data.clear(); });
  m.before({"nonce-longer", "nonce_mismatch", "the nonce, and a zero behind it", spec + "5"},
           [](TpmQuote& q) { q.attest.extra_data.push_back(0); });
  m.before({"measurement", "measurement_unknown", "another boot loader", spec + "8"}, [](TpmQuote& q) {
    q.registers[4][31] ^= 1;
    q.attest.digest = q.registers_digest();
  });
  m.before({"register-absent", "pcr_absent", "a quote without a register of the policy", spec + "8"}, [](TpmQuote& q) {
    q.registers.erase(7);
    q.attest.selected &= ~(1U << 7);
    q.attest.digest = q.registers_digest();
  });
  const auto policy = [&](const char* name, const char* word, const char* why) {
    m.add({"policy-" + std::string(name), word, why, rules}, m.good(), "tpm-" + std::string(name));
  };
  policy("no-keys", "policy_empty", "no key");
  policy("no-versions", "policy_empty", "no version");
  policy("no-registers", "policy_empty", "a version of no registers, which everything is");
  policy("zero-register", "policy_invalid", "a register that was never measured into");
  policy("register-24", "policy_invalid", "a register that no TPM has");
  policy("twice", "policy_invalid", "two versions with the same registers");
  policy("glovebox", "policy_invalid", "profile glovebox, which no plain TPM can meet");
}
}  // namespace

void tpm_cases(Suite& suite, Time at) {
  const TpmMaker make{.suite = suite, .at = at};
  policies(make);
  accepted(make);
  forms(make);
  signatures(make);
  rest(make);
}

}  // namespace glovebox::testroots
