// The cases of TDX and SGX that come of certificates, revocation lists and Intel's documents.
#include "testroots/intel_cases.h"

namespace glovebox::testroots {
namespace {
using attestation::Certification;
using attestation::Quote;
using attestation::TdReport;
using attestation::Tee;
constexpr std::int64_t day = 86400;
const std::string pck = "Intel SGX PCK Certificate and CRL Profile, section 1.3";
const std::string pcs = "Intel PCS API v4, Get TCB Info";
const std::string pcs_identity = "Intel PCS API v4, Get QE Identity";
const std::string spec = "docs/spec/evidence.md, Appraisal, step ";
const std::string rules = "docs/spec/policy.md, [evidence.tdx] and [evidence.sgx]";
using Parts = IntelMaker::Parts;

void certificates(const IntelMaker& m) {
  const auto bad = [&](std::string name, std::string word, std::string why,
                       const std::function<void(IntelSigner&)>& spoil) {
    m.spoilt({std::move(name), std::move(word), std::move(why), pck}, spoil);
  };
  const std::string invalid = "certificate_invalid";
  bad("certificate-authority-no-ca", invalid, "an authority with CA:FALSE", [](IntelSigner& s) {
    s.authority.what.is_ca = false;
    s.authority.what.path_length.reset();
  });
  bad("certificate-authority-key-usage", invalid, "an authority that may not sign certificates",
      [](IntelSigner& s) { s.authority.what.key_usage = static_cast<std::uint16_t>(crypto::KeyUsage::crl_sign); });
  bad("certificate-authority-name", invalid, "an authority of another name",
      [](IntelSigner& s) { s.authority.what.common_name = "Intel SGX PCK Kitchen CA"; });
  bad("certificate-leaf-is-ca", invalid, "a platform's certificate that is an authority", [](IntelSigner& s) {
    s.leaf.what.is_ca = true;
    s.leaf.what.key_usage = static_cast<std::uint16_t>(crypto::KeyUsage::key_cert_sign) |
                            static_cast<std::uint16_t>(crypto::KeyUsage::digital_signature);
  });
  bad("certificate-leaf-key-usage", invalid, "a platform's certificate that may not sign",
      [](IntelSigner& s) { s.leaf.what.key_usage = static_cast<std::uint16_t>(crypto::KeyUsage::crl_sign); });
  bad("certificate-critical-extension", invalid, "a critical extension that nobody knows",
      [](IntelSigner& s) { s.leaf.what.unknown_critical_extension = "1.2.3.4"; });
  bad("certificate-sha384", invalid, "signed with another hash", [](IntelSigner& s) { s.leaf.sha384 = true; });
  bad("certificate-no-extension", invalid, "a platform's certificate without what says which",
      [](IntelSigner& s) { s.leaf.extensions = {{"1.2.3.5", Bytes{5, 0}}}; });
  const auto extension = [&](std::string name, std::string why, const std::function<void(Bytes&)>& change) {
    bad("certificate-extension-" + std::move(name), invalid, std::move(why), [&](IntelSigner& s) {
      Bytes value = s.platform.encode();
      change(value);
      s.leaf.extensions = {{attestation::oid_pck_extension, value}};
    });
  };
  extension("trailing", "a byte behind the extension", [](Bytes& b) { b.push_back(0); });
  extension("order", "its members in another order", [](Bytes& b) { b[4 + 2 + 2 + 9] = 2; });
  extension("ppid-size", "a platform's number of another size", [](Bytes& b) {
    b[4 + 1] = 0x1d;
    b[4 + 2 + 12 + 1] = 0x0f;
  });
  extension("long-integer", "a version that is not the shortest integer",
            [](Bytes& b) { b[4 + 32 + 3 + 12 + 3] = 0x82; });
  const auto times = [&](std::string name, crypto::P256Issue IntelSigner::* which) {
    bad("expired-" + name + "-by-a-second", "certificate_expired", "the " + name + "'s last second was the one before",
        [&, which](IntelSigner& s) { (s.*which).what.not_after = m.at.plus_seconds(-1); });
    bad("not-yet-" + name + "-by-a-second", "certificate_expired", "the " + name + "'s first second is the next",
        [&, which](IntelSigner& s) { (s.*which).what.not_before = m.at.plus_seconds(1); });
  };
  times("authority", &IntelSigner::authority);
  times("leaf", &IntelSigner::leaf);

  // A root of the same name, and a whole set under it.
  const IntelSigner impostor(m.at, m.tee);
  Quote q = m.quote();
  impostor.sign(q, impostor.issue());
  m.add({"root-of-the-same-name", "root_unknown", "a complete chain under a root named as Intel's is, with another key",
         spec + "2"},
        m.message(q.encode()).encode());
  const auto chain = [&](std::string name, std::string word, std::string why,
                         const std::function<void(Quote&)>& change) {
    m.signed_then({std::move(name), std::move(word), std::move(why), pck}, change);
  };
  chain("certificate-bit", invalid, "one bit of the signature on the platform's certificate", [&](Quote& x) {
    IntelSigner::Chain spoilt = m.chain;
    spoilt.leaf.back() ^= 1;
    x.certification_data = spoilt.pem();
  });
  chain("certificate-no-pem", invalid, "a chain that is no text",
        [](Quote& x) { x.certification_data = Bytes(100, 7); });
  chain("certificate-behind-pem", invalid, "text behind the chain",
        [](Quote& x) { x.certification_data.push_back('x'); });
  chain("certificate-no-authority", "collateral_missing", "a chain without the authority", [&](Quote& x) {
    const std::string text(text_of(x.certification_data));
    const std::size_t first = text.find("-----BEGIN", 10);
    const std::size_t second = text.find("-----BEGIN", first + 10);
    x.certification_data = to_bytes(view_of(text.substr(0, first) + text.substr(second)));
  });
  chain("accepted-no-root", "accepted", "a chain without its root: a test root is the policy's own", [&](Quote& x) {
    const std::string text(text_of(x.certification_data));
    x.certification_data = to_bytes(view_of(text.substr(0, text.rfind("-----BEGIN"))));
  });
  chain("accepted-zero-behind-pem", "accepted", "a zero behind the chain, as quotes have it",
        [](Quote& x) { x.certification_data.push_back(0); });
}

void apart(const IntelMaker& m) {
  // The platform's certificate does not come with the quote.
  m.with_parts("platform", [&](Parts& p) {
    p.certificates.push_back(m.chain.leaf);
    p.certificates.push_back(m.chain.authority);
  });
  const auto apart = [&](std::string name, std::string word, std::string why, std::string collateral,
                         const std::function<void(Quote&)>& change) {
    Quote q = m.quote();
    m.signer.sign(q, m.chain);
    change(q);
    m.add({std::move(name), std::move(word), std::move(why), pck}, m.message(q.encode()).encode(), "", collateral);
  };
  const auto ppid = [](Quote& q) {
    q.certification = Certification::ppid;
    q.certification_data = Bytes(34, 1);
  };
  apart("accepted-ppid", "accepted", "a quote that names its platform alone, its certificate in a bundle", "platform",
        ppid);
  apart("ppid-without-certificate", "collateral_missing", "a quote that names its platform, and no certificate", "",
        ppid);
  apart("accepted-encrypted-ppid", "accepted", "the same, and its name is encrypted", "platform", [](Quote& q) {
    q.certification = Certification::ppid_rsa_3072;
    q.certification_data = Bytes(404, 1);
  });
  const IntelSigner other(m.at, m.tee);
  m.with_parts("many-platforms", [&](Parts& p) {
    const auto parse = [](const Bytes& der) { return crypto::Certificate::parse(der).value(); };
    p.certificates.push_back(m.chain.leaf);
    p.certificates.push_back(m.chain.authority);
    p.certificates.push_back(
        crypto::issue(other.leaf, other.leaf_key.public_key(), parse(m.chain.authority), m.signer.authority_key));
  });
  apart("accepted-among-many", "accepted", "the right one of two platforms' certificates", "many-platforms", ppid);
  m.with_parts("other-platform", [&](Parts& p) {
    IntelSigner copy = m.signer;
    copy.leaf_key = other.leaf_key;
    const auto issued = copy.issue();
    p.certificates.push_back(issued.leaf);
    p.certificates.push_back(issued.authority);
  });
  apart("ppid-other-platform", "evidence_signature_invalid", "the certificate of another platform", "other-platform",
        ppid);
  apart("accepted-leaf-alone", "accepted", "a quote with its leaf, the authority in a bundle", "platform",
        [&](Quote& q) {
          const std::string text(text_of(q.certification_data));
          q.certification = Certification::leaf;
          q.certification_data = to_bytes(view_of(text.substr(0, text.find("-----BEGIN", 10))));
        });
}

void lists(const IntelMaker& m) {
  const Bytes message = m.message(m.good()).encode();
  const auto with = [&](std::string name, std::string word, std::string why,
                        const std::function<void(std::vector<Bytes>&)>& change) {
    m.with_parts("crl-" + name, [&](Parts& p) { change(p.lists); });
    m.add({"crl-" + name, std::move(word), std::move(why), spec + "2"}, message, "", "crl-" + name);
  };
  const auto root = [&](std::int64_t from, std::int64_t until, std::initializer_list<std::uint64_t> serials,
                        const crypto::P256Key* key = nullptr) { return m.list(true, from, until, serials, key); };
  const auto own = [&](std::int64_t from, std::int64_t until, std::initializer_list<std::uint64_t> serials,
                       const crypto::P256Key* key = nullptr) { return m.list(false, from, until, serials, key); };
  with("no-root", "collateral_missing", "no revocation list of the root", [](auto& l) { l.erase(l.begin()); });
  with("no-authority", "collateral_missing", "no revocation list of the authority", [](auto& l) { l.pop_back(); });
  with("expired-root", "collateral_expired", "the root's list ended a second ago",
       [&](auto& l) { l[0] = root(-2 * day, -1, {}); });
  with("expired-authority", "collateral_expired", "the authority's list ended a second ago",
       [&](auto& l) { l[1] = own(-2 * day, -1, {}); });
  with("not-yet", "collateral_expired", "the authority's list begins in a second",
       [&](auto& l) { l[1] = own(1, day, {}); });
  with("forged-root", "collateral_invalid", "a list of the root's name that it did not sign",
       [&](auto& l) { l[0] = root(-day, day, {}, &m.signer.authority_key); });
  with("forged-authority", "collateral_invalid", "a list of the authority's name that it did not sign",
       [&](auto& l) { l[1] = own(-day, day, {}, &m.signer.root_key); });
  with("revoked-authority", "certificate_revoked", "the authority stands in the root's list",
       [&](auto& l) { l[0] = root(-day, day, {m.signer.authority.serial}); });
  with("revoked-signer", "certificate_revoked", "the signer of documents stands in the root's list",
       [&](auto& l) { l[0] = root(-day, day, {m.signer.signer.serial}); });
  with("revoked-platform", "certificate_revoked", "the platform stands in the authority's list",
       [&](auto& l) { l[1] = own(-day, day, {m.signer.leaf.serial}); });
  with("revoked-long-ago", "certificate_revoked", "the platform stands in an old list beside a fresh one",
       [&](auto& l) { l.push_back(own(-9 * day, -8 * day, {m.signer.leaf.serial})); });
  m.with_parts("crl-none", [](Parts& p) { p.lists.clear(); });
  m.add({"crl-unchecked", "accepted", "no lists, and the policy says that it leaves them", rules}, message,
        "no-revocation", "crl-none");
}
}  // namespace

void intel_chains(const IntelMaker& m) {
  certificates(m);
  apart(m);
  lists(m);
}

namespace {
void forged(const IntelMaker& m) {
  const Bytes message = m.message(m.good()).encode();
  const auto with = [&](std::string name, std::string word, std::string why,
                        const std::function<void(Parts&)>& change) {
    m.with_parts("documents-" + name, change);
    m.add({"documents-" + name, std::move(word), std::move(why), pcs}, message, "", "documents-" + name);
  };
  m.add({"documents-nothing", "collateral_missing", "no collateral at all", spec + "2"}, message, "", "-");
  with("no-tcb-info", "collateral_missing", "no TCB info", [](Parts& p) { p.documents.erase(p.documents.begin()); });
  with("no-identity", "collateral_missing", "no identity of the quoting enclave",
       [](Parts& p) { p.documents.pop_back(); });
  with("no-signer", "collateral_missing", "no certificate of who signs documents",
       [](Parts& p) { p.certificates.clear(); });
  const auto other = crypto::P256Key::generate();
  with("forged-tcb-info", "collateral_invalid", "TCB info signed by somebody else",
       [&](Parts& p) { p.documents[0] = IntelSigner::document("tcbInfo", m.signer.documents.tcb_info(), other); });
  with("forged-identity", "collateral_invalid", "an identity signed by somebody else", [&](Parts& p) {
    p.documents[1] = IntelSigner::document("enclaveIdentity", m.signer.documents.identity(), other);
  });
  with("changed-tcb-info", "collateral_invalid", "one word of TCB info, after signing", [](Parts& p) {
    std::string text(text_of(p.documents[0]));
    const std::size_t at = text.find("OutOfDate");
    text.replace(at, std::string_view("OutOfDate").size(), "UpToDate ");
    text.erase(text.find("UpToDate \"") + 8, 1);
    p.documents[0] = to_bytes(view_of(text));
  });
  with("spaced-tcb-info", "collateral_invalid", "a space in TCB info, after signing: what is signed is bytes",
       [](Parts& p) {
         std::string text(text_of(p.documents[0]));
         text.insert(text.find(",\"fmspc\"") + 1, " ");
         p.documents[0] = to_bytes(view_of(text));
       });
  with("no-json", "collateral_invalid", "a document that is no JSON", [](Parts& p) { p.documents[0].resize(300); });
  with("signed-by-platform", "collateral_invalid", "TCB info signed by the platform it is about", [&](Parts& p) {
    p.documents[0] = IntelSigner::document("tcbInfo", m.signer.documents.tcb_info(), m.signer.leaf_key);
  });
  const auto signer = [&](std::string name, std::string word, std::string why,
                          const std::function<void(IntelSigner&)>& spoil) {
    with("signer-" + name, std::move(word), std::move(why), [&](Parts& p) {
      IntelSigner changed = m.signer;
      spoil(changed);
      const auto issued = changed.issue();
      p.certificates = {issued.signer};
    });
  };
  signer("of-another-root", "collateral_invalid", "a signer under another root",
         [](IntelSigner& s) { s.root_key = crypto::P256Key::generate(); });
  signer("expired", "certificate_expired", "the signer's last second was the one before",
         [&](IntelSigner& s) { s.signer.what.not_after = m.at.plus_seconds(-1); });
  signer("is-ca", "certificate_invalid", "a signer that is an authority",
         [](IntelSigner& s) { s.signer.what.is_ca = true; });
  signer("name", "collateral_missing", "a signer of another name",
         [](IntelSigner& s) { s.signer.what.common_name = "Intel SGX Signing"; });
}

void changed(const IntelMaker& m) {
  const bool tdx = m.tee == Tee::tdx;
  const Bytes message = m.message(m.good()).encode();
  const auto with = [&](std::string name, std::string word, std::string why, std::string policy,
                        const std::function<void(IntelDocuments&)>& change, bool of_identity = false) {
    m.with_documents(name, change);
    m.add({name, std::move(word), std::move(why), of_identity ? pcs_identity : pcs}, message, policy, name);
  };
  with("documents-expired", "collateral_expired", "documents whose time ended a second ago", "",
       [&](IntelDocuments& d) { d.next_update = m.at.plus_seconds(-1); });
  with("documents-not-yet", "collateral_expired", "documents whose time begins in a second", "",
       [&](IntelDocuments& d) { d.issued = m.at.plus_seconds(1); });
  with("documents-other-fmspc", "collateral_missing", "TCB info of another kind of platform", "",
       [](IntelDocuments& d) { d.fmspc = "B0C06F000001"; });
  with("documents-other-pce", "collateral_missing", "TCB info for another PCE", "",
       [](IntelDocuments& d) { d.pce_id = "0001"; });
  with("documents-other-tee", "collateral_missing", "documents of the other platform", "",
       [&](IntelDocuments& d) { d = IntelSigner(m.at, tdx ? Tee::sgx : Tee::tdx).documents; });
  with("documents-version", "collateral_invalid", "TCB info of version 4", "",
       [](IntelDocuments& d) { d.version = 4; });
  with("documents-old-number", "tcb_outdated", "documents of a smaller number than the policy's least", "",
       [](IntelDocuments& d) { d.evaluation = 16; });
  with("documents-unknown-status", "collateral_invalid", "a status that nobody knows", "", [](IntelDocuments& d) {
    d.tcb_levels.replace(d.tcb_levels.find("UpToDate"), std::string_view("UpToDate").size(), "AllGood!");
  });
  with("documents-version-beyond-a-byte", "collateral_invalid", "a component of 256", "", [](IntelDocuments& d) {
    d.tcb_levels.replace(d.tcb_levels.find("{\"svn\":3}"), std::string_view("{\"svn\":3}").size(), "{\"svn\":256}");
  });
  const std::size_t word = std::string_view("UpToDate").size();
  const auto status = [&](std::string text) {
    return [=](IntelDocuments& d) { d.tcb_levels.replace(d.tcb_levels.find("UpToDate"), word, text); };
  };
  with("status-hardening", "tcb_status_not_allowed", "SWHardeningNeeded, where the policy allows UpToDate", "",
       status("SWHardeningNeeded"));
  with("accepted-hardening", "accepted", "SWHardeningNeeded, where the policy allows it", "hardening",
       status("SWHardeningNeeded"));
  with("status-configuration", "tcb_status_not_allowed", "ConfigurationNeeded", "", status("ConfigurationNeeded"));
  with("status-out-of-date", "tcb_outdated", "OutOfDate", "", status("OutOfDate"));
  with("status-out-of-date-configuration", "tcb_outdated", "OutOfDateConfigurationNeeded", "",
       status("OutOfDateConfigurationNeeded"));
  with("status-revoked", "tcb_status_not_allowed", "Revoked, whatever the policy allows", "out-of-date",
       status("Revoked"));
  with(
      "quoting-out-of-date", "tcb_outdated", "an old quoting enclave on a platform that is up to date", "",
      [](IntelDocuments& d) {
        d.quoting_levels =
            "[" + intel_level("\"isvsvn\":8", "UpToDate") + "," + intel_level("\"isvsvn\":4", "OutOfDate") + "]";
      },
      true);
  with(
      "quoting-revoked", "tcb_status_not_allowed", "a revoked quoting enclave", "",
      [](IntelDocuments& d) { d.quoting_levels = "[" + intel_level("\"isvsvn\":4", "Revoked") + "]"; }, true);
  with(
      "quoting-below-all", "tcb_outdated", "a quoting enclave older than every level", "out-of-date",
      [](IntelDocuments& d) { d.quoting_levels = "[" + intel_level("\"isvsvn\":7", "UpToDate") + "]"; }, true);
  with(
      "quoting-signer", "quoting_enclave_unknown", "a quoting enclave of another signer", "",
      [](IntelDocuments& d) { d.quoting_signer[0] = '0'; }, true);
  with(
      "quoting-product", "quoting_enclave_unknown", "another enclave of the same signer", "",
      [](IntelDocuments& d) { d.quoting_product = 9; }, true);
  with(
      "quoting-attributes", "quoting_enclave_unknown", "other attributes than the identity's", "",
      [](IntelDocuments& d) { d.quoting_attributes[1] = '3'; }, true);
  m.before({"tcb-date", "tcb_outdated", "a level of a day before the policy's date", rules}, [](Quote&) {}, "dated");
  if (!tdx) {
    with("accepted-version-2-documents", "accepted", "TCB info of version 2, its components side by side", "",
         [](IntelDocuments& d) {
           d.version = 2;
           std::string tcb;
           for (int i = 1; i <= 16; ++i)
             tcb += "\"sgxtcbcomp" + std::string(i < 10 ? "0" : "") + std::to_string(i) +
                    "svn\":" + (i == 1 ? "3" : "0") + ",";
           d.tcb_levels = "[" + intel_level(tcb + "\"pcesvn\":11", "UpToDate") + "]";
         });
    return;
  }
  with("module-out-of-date", "tcb_outdated", "an old TDX module on a platform that is up to date", "",
       [](IntelDocuments& d) { d.module_levels.replace(d.module_levels.find("\"isvsvn\":4"), 10, "\"isvsvn\":6"); });
  with("module-out-of-date-advisory", "advisory_not_allowed", "the same, its advisory not named",
       "out-of-date-no-advisory",
       [](IntelDocuments& d) { d.module_levels.replace(d.module_levels.find("\"isvsvn\":4"), 10, "\"isvsvn\":6"); });
  with("accepted-module-out-of-date", "accepted", "the same, status and advisory allowed", "out-of-date",
       [](IntelDocuments& d) { d.module_levels.replace(d.module_levels.find("\"isvsvn\":4"), 10, "\"isvsvn\":6"); });
  with("module-below-all", "tcb_outdated", "a TDX module older than every level", "out-of-date",
       [](IntelDocuments& d) { d.module_levels = "[" + intel_level("\"isvsvn\":9", "UpToDate") + "]"; });
  with("module-other-signer", "module_unknown", "a module of another signer than TCB info's", "",
       [](IntelDocuments& d) { d.module_signer[0] = '1'; });
  const auto relaunched = [&](std::string name, std::string word_, std::string why, std::string policy,
                              std::uint8_t now) {
    m.before(
        {std::move(name), std::move(word_), std::move(why), pcs},
        [=](Quote& q) {
          q.version = 5;
          auto& td = std::get<TdReport>(q.body);
          td.tee_tcb_svn[0] = 3;
          td.later = TdReport::Later{.tee_tcb_svn2 = {now, 1, 3}};
        },
        policy);
  };
  relaunched("relaunch-advised", "tcb_status_not_allowed",
             "a guest that was started under an old module, on a platform that has a new one", "", 5);
  relaunched("accepted-relaunch-advised", "accepted", "the same, where the policy allows it", "relaunch", 5);
  relaunched("relaunch-would-not-help", "tcb_outdated", "started under an old module, and the platform's is old still",
             "relaunch", 3);
}

void platforms(const IntelMaker& m) {
  m.spoilt({"tcb-outdated-microcode", "tcb_outdated", "an older microcode", pcs},
           [](IntelSigner& s) { s.platform.components[0] = 2; });
  m.spoilt(
      {"accepted-out-of-date", "accepted", "an older microcode, where the policy allows status and advisory", pcs},
      [](IntelSigner& s) { s.platform.components[0] = 2; }, "out-of-date");
  m.spoilt(
      {"advisory-not-allowed", "advisory_not_allowed", "an older microcode, its advisory not named", pcs},
      [](IntelSigner& s) { s.platform.components[0] = 2; }, "out-of-date-no-advisory");
  m.spoilt(
      {"tcb-below-all", "tcb_outdated", "a platform below every level", pcs},
      [](IntelSigner& s) { s.platform.components[0] = 0; }, "out-of-date");
  m.spoilt(
      {"tcb-old-pce", "tcb_outdated", "an old PCE under good components", pcs},
      [](IntelSigner& s) { s.platform.pce_svn = 10; }, "out-of-date");
  m.spoilt(
      {"chip-other-fmspc", "chip_unknown", "another kind of platform than the policy lists", rules},
      [](IntelSigner& s) { s.platform.fmspc[5] = 1; }, "one-platform", "documents-other-fmspc");
  m.spoilt(
      {"chip-other-platform", "chip_unknown", "another platform of that kind", rules},
      [](IntelSigner& s) { s.platform.ppid[0] ^= 1; }, "one-platform");
}
}  // namespace

void intel_documents(const IntelMaker& m) {
  forged(m);
  changed(m);
  platforms(m);
}

}  // namespace glovebox::testroots
