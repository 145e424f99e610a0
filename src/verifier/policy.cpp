#include "verifier/policy.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include "base/cbor.h"
#include "crypto/chain_memory.h"
#include "crypto/hash.h"
#include "crypto/x509.h"
#include "verifier/known_roots.h"
#include "verifier/snp_verify.h"

namespace glovebox::verifier {
namespace {
using attestation::Platform;
constexpr std::string_view label = "glovebox evidence policy v1";
constexpr std::size_t cbor_size_max = 131072;
constexpr std::size_t platforms_max = 16;
constexpr std::size_t kems_max = 4;
constexpr std::size_t measurement_elements_max = 8;
constexpr std::size_t elements_of_all = 10;  // that every policy has; the rules of its platforms follow
constexpr std::uint8_t array_head = 0x80;

std::unexpected<Error> invalid(std::string found, std::string expected = {}, std::string hint = {}) {
  return fail(Reject::policy_invalid, std::move(found), std::move(expected), std::move(hint));
}
std::unexpected<Error> empty(std::string_view what) {
  return fail(Reject::policy_empty, "no " + std::string(what), "at least one");
}

bool good_name(std::string_view text) {
  return !text.empty() && text.size() <= name_size_max;
}

// distinct: whether no two elements have the same value of `part`.
template <class Range, class Part>
bool distinct(const Range& range, Part part) {
  std::set<std::remove_cvref_t<std::invoke_result_t<Part, const typename Range::value_type&>>> seen;
  return std::ranges::all_of(range,
                             [&](const auto& element) { return seen.insert(std::invoke(part, element)).second; });
}

// Checked is a root with its platform, which costs a parsing of its certificate: it is asked for once.
struct Checked {
  const Root* root;
  Platform platform;
};

Result<Checked> check_root(const Root& root, crypto::ChainMemory* memory) {
  if (!good_name(root.name)) return invalid("a root without a name");
  if (root.sha256 == Digest{}) return invalid("a root with an all-zero hash");
  const KnownRoot* known = known_root(root.sha256);
  if (!root.test) {
    // What is no test root must be one that we know ourselves: no file can make a production root of a certificate.
    if (root.certificate)
      return invalid("a certificate for root " + root.name, "test = true beside it", "production roots are built in");
    if (known == nullptr)
      return invalid("root " + to_hex(root.sha256), "AWS's, one of AMD's or Intel's, by its SHA-256",
                     "a test root says test = true and carries its certificate");
    return Checked{&root, known->platform};
  }
  if (!root.certificate)
    return fail(Reject::policy_empty, "no certificate of test root " + root.name, "its DER in base64");
  if (root.certificate->size() > root_certificate_size_max ||
      crypto::digest_of(*root.certificate, memory) != root.sha256)
    return invalid("another certificate for test root " + root.name, "one with SHA-256 " + to_hex(root.sha256));
  if (known != nullptr) return invalid("a known root as a test root", "test = false");
  const auto parsed = crypto::certificate_of(*root.certificate, memory);
  if (!parsed) return invalid("test root " + root.name + ": " + parsed.error().found, parsed.error().expected);
  if (memory != nullptr) memory->keep(*parsed);  // the policy's own
  if (parsed->fields().key == crypto::CertificateKey::p256) return Checked{&root, Platform::tdx};
  if (parsed->fields().key != crypto::CertificateKey::rsa) return Checked{&root, Platform::nitro};
  if (!snp_product_of_root(*parsed))
    return invalid("test root " + root.name + " with another name", "ARK-Milan, ARK-Genoa or ARK-Turin");
  return Checked{&root, Platform::sev_snp};
}

using Roots = std::vector<Checked>;
const Checked* find(const Roots& roots, const Digest& sha256) {
  const auto it = std::ranges::find(roots, sha256, [](const Checked& c) { return c.root->sha256; });
  return it == roots.end() ? nullptr : &*it;
}

Status check_measurement(const Measurement& m, const Roots& roots, const EvidencePolicy& policy) {
  if (!good_name(m.version)) return invalid("a measurement without a version");
  const Checked* root = find(roots, m.root);
  if (root == nullptr)
    return invalid("version " + m.version + " under root " + to_hex(m.root), "one of the policy's roots");
  const auto zero = [&](std::string what) {
    return invalid(std::move(what) + " of version " + m.version + " is all zero", "the value of an image",
                   "zero is what enclaves in debug mode report");
  };
  if (!vouches(root->platform, m.platform()))
    return invalid(
        "version " + m.version + " with registers of another platform than its root",
        "pcr0, pcr1, pcr2 for nitro, measurement for sev-snp, mr_td for tdx, mr_enclave or mr_signer for sgx");
  if (m.td) return policy.tdx ? verifier::check_measurement(*m.td, *policy.tdx, m.version) : Status();
  if (m.enclave) return verifier::check_measurement(*m.enclave, m.version);
  if (m.launch) return *m.launch == Array<48>{} ? Status(zero("measurement")) : Status();
  for (std::size_t i = 0; i < m.pcrs.size(); ++i)
    if (attestation::is_zero(m.pcrs[i])) return zero("pcr" + std::to_string(i));
  return {};
}

bool lists(const EvidencePolicy& policy, std::string_view word) {
  return std::ranges::contains(policy.platforms, word);
}

// Below is what vouches for the key of a virtual TPM of Azure's, under rules of its own in the same policy.
struct Below {
  std::string_view tpm;
  std::string_view hardware;
};
constexpr std::array virtual_tpms = {Below{"azure-snp-vtpm", "sev-snp"}, Below{"azure-tdx-vtpm", "tdx"}};

// needs: whether a policy has rules, roots and measurements of this platform: for itself, or for what it vouches for.
bool needs(const EvidencePolicy& policy, std::string_view word) {
  return lists(policy, word) || std::ranges::any_of(virtual_tpms, [&](const Below& below) {
           return below.hardware == word && lists(policy, below.tpm);
         });
}

// for_rules calls with each table of rules, its name, and whether the policy's platforms want it, in the order of the
// deterministic form, which is that of the names.
template <class Policy, class Call>
void for_rules(Policy& policy, Call call) {
  const auto all = [&](std::string_view word, auto& rules) { call(word, rules, needs(policy, word)); };
  all("arm-cca", policy.arm_cca);
  all("arm-psa", policy.arm_psa);
  all("azure-snp-vtpm", policy.azure_snp);
  all("azure-tdx-vtpm", policy.azure_tdx);
  all("nitro-tpm", policy.nitro_tpm);
  all("sev-snp", policy.snp);
  all("sgx", policy.sgx);
  all("tdx", policy.tdx);
  all("tpm", policy.tpm);
}

// enrolled is every key that a policy names itself.
std::vector<const EnrolledKey*> enrolled(const EvidencePolicy& policy) {
  std::vector<const EnrolledKey*> out;
  for (const auto* rules : {&policy.arm_cca, &policy.arm_psa})
    if (*rules)
      for (const EnrolledKey& key : (*rules)->keys) out.push_back(&key);
  if (policy.tpm)
    for (const EnrolledKey& key : policy.tpm->keys) out.push_back(&key);
  return out;
}

// rooted: platforms whose evidence leads to a maker's root; the others' keys are enrolled.
bool rooted(const EvidencePolicy& policy) {
  return std::ranges::any_of(policy.platforms,
                             [](std::string_view word) { return !word.starts_with("arm-") && word != "tpm"; });
}

// measured: platforms whose images stand among the policy's measurements; the others' stand in tables of their own.
bool measured(const EvidencePolicy& policy) {
  return std::ranges::any_of(policy.platforms, [](std::string_view word) {
    return !word.starts_with("arm-") && word != "tpm" && word != "nitro-tpm";
  });
}

// A platform that is listed has a root and a measurement, and what is not listed has none: nothing stands there idle.
Status check_platforms(const EvidencePolicy& policy) {
  if (policy.platforms.empty()) return empty("platforms");
  if (!std::ranges::is_sorted(policy.platforms, std::less_equal{})) return invalid("platforms out of order or twice");
  for (const std::string& word : policy.platforms)
    if (!attestation::platform_from_name(word))
      return invalid("another platform", "one of those in docs/spec/policy.md");
  Status status;
  for_rules(policy, [&](std::string_view name, const auto& rules, bool wanted) {
    if (!status || (wanted == rules.has_value())) return;
    const std::string table = "[evidence." + std::string(name) + "]";
    status = wanted ? Status(fail(Reject::policy_empty, "no " + table, "the rules for that platform"))
                    : Status(invalid(table + " and no platform " + std::string(name), "both or neither"));
  });
  GLOVEBOX_CHECK(status);
  if (policy.arm_cca) GLOVEBOX_CHECK(policy.arm_cca->check(true));
  if (policy.arm_psa) GLOVEBOX_CHECK(policy.arm_psa->check(false));
  if (policy.azure_snp) GLOVEBOX_CHECK(policy.azure_snp->check(false, "evidence.azure-snp-vtpm"));
  if (policy.azure_tdx) GLOVEBOX_CHECK(policy.azure_tdx->check(false, "evidence.azure-tdx-vtpm"));
  if (policy.nitro_tpm) GLOVEBOX_CHECK(policy.nitro_tpm->check(false, "evidence.nitro-tpm"));
  if (policy.sgx) GLOVEBOX_CHECK(policy.sgx->check(attestation::Tee::sgx));
  if (policy.tdx) GLOVEBOX_CHECK(policy.tdx->check(attestation::Tee::tdx));
  if (policy.tpm) GLOVEBOX_CHECK(policy.tpm->check(true, "evidence.tpm"));
  // Their reports are told apart by what they measure alone: a guest that reports for itself, with whatever digest it
  // is asked for, must not pass for the paravisor that reports for a TPM's key, nor the other way round.
  for (const Below& below : virtual_tpms)
    if (lists(policy, below.tpm) && lists(policy, below.hardware))
      return invalid(std::string(below.tpm) + " beside " + std::string(below.hardware), "a policy for each");
  // What nothing in their documents could show may not be asked of them.
  if (policy.profile == Profile::glovebox)
    for (const std::string_view word : {"arm-psa", "azure-snp-vtpm", "azure-tdx-vtpm", "nitro-tpm", "tpm"})
      if (lists(policy, word))
        return invalid("platform " + std::string(word) + " under profile \"glovebox\"", "profile \"none\"");
  return policy.snp ? policy.snp->check() : Status();
}

// A platform that is listed has a root and a measurement, and a root has a platform that it vouches for.
Status check_listed(const EvidencePolicy& policy, const Roots& roots) {
  const auto listed = [&](Platform platform) { return needs(policy, attestation::name(platform)); };
  constexpr std::array with_roots = {Platform::nitro, Platform::nitro_tpm, Platform::sev_snp, Platform::tdx,
                                     Platform::sgx};
  for (const Platform platform : with_roots) {
    const std::string word(attestation::name(platform));
    const bool root = std::ranges::any_of(roots, [&](const Checked& c) { return vouches(c.platform, platform); });
    const bool known =
        std::ranges::any_of(policy.measurements, [&](const Measurement& m) { return m.platform() == platform; });
    if (!listed(platform) && known) return invalid("a measurement of " + word, "platforms = [..., \"" + word + "\"]");
    if (listed(platform) && !root) return fail(Reject::policy_empty, "no root of " + word, "at least one");
    if (listed(platform) && !known && platform != Platform::nitro_tpm)
      return fail(Reject::policy_empty, "no measurement of " + word, "at least one");
  }
  for (const Checked& root : roots) {
    const std::string word(attestation::name(root.platform));
    if (std::ranges::none_of(with_roots, [&](Platform p) { return vouches(root.platform, p) && listed(p); }))
      return invalid("a root of " + word, "platforms = [..., \"" + word + "\"]");
  }
  return {};
}

// read_named reads a measurement that begins with its platform's name.
void read_named(cbor::Reader& in, Measurement& out) {
  auto array = in.array(measurement_elements_max);
  in.more(array);
  const std::string_view word = in.tstr(name_size_max);
  if (word == "tdx")
    out.td = read_td_measurement(in, array);
  else if (word == "sgx")
    out.enclave = read_enclave_measurement(in, array);
  else
    in.refuse(Reject::malformed, "a measurement of an unknown platform");
}
}  // namespace

std::string_view name(Profile profile) {
  return profile == Profile::glovebox ? "glovebox" : "none";
}

Platform Measurement::platform() const {
  return td ? Platform::tdx : enclave ? Platform::sgx : launch ? Platform::sev_snp : Platform::nitro;
}

bool EvidencePolicy::development() const {
  return std::ranges::any_of(roots, &Root::test) || std::ranges::any_of(enrolled(*this), &EnrolledKey::test);
}
const Root* EvidencePolicy::root(const Digest& sha256) const {
  const auto it = std::ranges::find(roots, sha256, &Root::sha256);
  return it == roots.end() ? nullptr : &*it;
}
const BrokerReference* EvidencePolicy::broker(const crypto::VerifyKey& identity) const {
  const auto it = std::ranges::find(brokers, identity, &BrokerReference::identity);
  return it == brokers.end() ? nullptr : &*it;
}
const ModelReference* EvidencePolicy::model(std::string_view text) const {
  const auto it = std::ranges::find(models, text, &ModelReference::name);
  return it == models.end() ? nullptr : &*it;
}

Status EvidencePolicy::check(crypto::ChainMemory* memory) const {
  GLOVEBOX_CHECK(check_platforms(*this));
  if (freshness_seconds == 0 || freshness_seconds > freshness_seconds_max)
    return invalid("freshness_seconds = " + std::to_string(freshness_seconds), "1 to 86400");

  if (roots.empty() && rooted(*this)) return empty("roots");
  if (roots.size() > roots_max || !distinct(roots, &Root::sha256)) return invalid("too many roots, or one twice");
  if (development() &&
      !(std::ranges::all_of(roots, &Root::test) && std::ranges::all_of(enrolled(*this), &EnrolledKey::test)))
    return fail(Reject::mixed_roots, "a test root beside another", "test roots alone, or none",
                "keep one policy for development and one for production");
  Roots known;
  for (const Root& root : roots) {
    GLOVEBOX_TRY(one, check_root(root, memory));
    known.push_back(one);
  }

  if (measurements.empty() && measured(*this)) return empty("measurements");
  if (measurements.size() > measurements_max) return invalid("too many measurements", "at most 64");
  for (const Measurement& m : measurements) GLOVEBOX_CHECK(check_measurement(m, known, *this));
  if (!distinct(measurements,
                [](const Measurement& m) { return std::tuple(m.root, m.pcrs, m.launch, m.td, m.enclave); }))
    return invalid("a measurement that stands twice");
  GLOVEBOX_CHECK(check_listed(*this, known));

  if (profile == Profile::none) {
    // What nothing would check may not stand there as if it were.
    if (!kems.empty() || configuration != Digest{} || !models.empty() || !brokers.empty())
      return invalid("kems, configuration, models or brokers under profile \"none\"", "none of them",
                     "foreign documents carry nothing they could be held against");
    return {};
  }
  if (kems.empty()) return empty("kems");
  if (!std::ranges::is_sorted(kems, std::less_equal{})) return invalid("kems out of order or twice");
  if (configuration == Digest{}) return fail(Reject::policy_empty, "no configuration", "its digest");
  if (models.empty()) return empty("models");
  if (models.size() > models_max || !distinct(models, &ModelReference::digest) ||
      !distinct(models, &ModelReference::name))
    return invalid("too many models, or one twice");
  for (const ModelReference& m : models)
    if (!good_name(m.name)) return invalid("a model without a name");
  if (brokers.size() > brokers_max || !distinct(brokers, &BrokerReference::identity) ||
      !distinct(brokers, &BrokerReference::name))
    return invalid("too many brokers, or one twice");
  for (const BrokerReference& b : brokers) {
    if (!good_name(b.name)) return invalid("a broker without a name");
    if (!crypto::VerifyKey::parse(b.identity.bytes))
      return invalid("the identity of broker " + b.name, "an Ed25519 key");
    if (b.url && (b.url->size() > url_size_max || !(b.url->starts_with("https://") || b.url->starts_with("http://"))))
      return invalid("the url of broker " + b.name, "https://... or http://...");
  }
  return {};
}

Bytes EvidencePolicy::to_cbor() const {
  cbor::Writer out;
  std::size_t elements = elements_of_all;
  for_rules(*this, [&](std::string_view, const auto& rules, bool) { elements += rules ? 1 : 0; });
  out.document(label, elements).tstr(verifier::name(profile)).array(platforms.size());
  for (const std::string& platform : platforms) out.tstr(platform);
  out.uint(freshness_seconds).array(kems.size());
  for (const crypto::Kem kem : kems) out.uint(static_cast<std::uint64_t>(kem));
  out.bstr(profile == Profile::none ? View{} : View(configuration)).array(roots.size());
  for (const Root& root : roots) {
    out.array(4).tstr(root.name).bstr(root.sha256).boolean(root.test);
    if (root.certificate)
      out.bstr(*root.certificate);
    else
      out.null();
  }
  out.array(measurements.size());
  for (const Measurement& m : measurements) {
    out.array(3).tstr(m.version).bstr(m.root);
    if (m.launch) {
      out.bstr(*m.launch);
      continue;
    }
    if (m.td || m.enclave) {
      if (m.td)
        write(out, *m.td);
      else
        write(out, *m.enclave);
      continue;
    }
    out.map(m.pcrs.size());
    for (std::size_t i = 0; i < m.pcrs.size(); ++i) out.uint(i).bstr(m.pcrs[i]);
  }
  out.array(models.size());
  for (const ModelReference& model : models) out.array(2).tstr(model.name).bstr(model.digest);
  out.array(brokers.size());
  for (const BrokerReference& broker : brokers) out.array(2).tstr(broker.name).bstr(broker.identity.bytes);
  for_rules(*this, [&](std::string_view, const auto& rules, bool) {
    if (rules) rules->write(out);
  });
  return out.take();
}

Result<EvidencePolicy> EvidencePolicy::from_cbor(View bytes) {
  if (bytes.size() > cbor_size_max) return invalid(std::to_string(bytes.size()) + " bytes of CBOR", "at most 131072");
  cbor::Reader in(bytes);
  EvidencePolicy p;
  const std::size_t elements = bytes.empty() ? 0 : std::size_t{bytes.front()} - array_head;
  in.document(label, elements);
  const std::string_view profile_name = in.tstr(16);
  p.profile = profile_name == "none" ? Profile::none : Profile::glovebox;
  if (in.ok() && profile_name != verifier::name(p.profile)) in.refuse(Reject::malformed, "an unknown profile");
  for (auto c = in.array(platforms_max); in.more(c);) p.platforms.emplace_back(in.tstr(name_size_max));
  p.freshness_seconds = static_cast<std::uint32_t>(in.uint(freshness_seconds_max));
  for (auto c = in.array(kems_max); in.more(c);) {
    const auto kem = crypto::kem_from_id(in.uint());
    if (kem)
      p.kems.push_back(*kem);
    else
      in.refuse(Reject::type_unsupported, kem.error().found, kem.error().expected);
  }
  const View configuration = in.bstr(32);
  if (in.ok() && configuration.size() != (p.profile == Profile::none ? 0 : 32))
    in.refuse(Reject::malformed, "a configuration digest of another size");
  if (configuration.size() == 32) std::ranges::copy(configuration, p.configuration.begin());
  for (auto c = in.array(roots_max); in.more(c);) {
    in.open_array(4);
    Root root;
    root.name = in.tstr(name_size_max);
    root.sha256 = in.bytes_of<32>();
    root.test = in.boolean();
    if (!in.take_null()) root.certificate = to_bytes(in.bstr(root_certificate_size_max));
    p.roots.push_back(std::move(root));
  }
  for (auto c = in.array(measurements_max); in.more(c);) {
    in.open_array(3);
    Measurement m;
    m.version = in.tstr(name_size_max);
    m.root = in.bytes_of<32>();
    if (in.peek() == cbor::Type::bstr) {
      m.launch = in.bytes_of<48>();
      p.measurements.push_back(std::move(m));
      continue;
    }
    if (in.peek() == cbor::Type::array) {
      read_named(in, m);
      p.measurements.push_back(std::move(m));
      continue;
    }
    std::uint64_t next = 0;
    auto pcrs = in.map(m.pcrs.size());
    while (in.more(pcrs)) {
      if (in.key_uint(pcrs) != next && in.ok()) in.refuse(Reject::malformed, "another register", "0, 1, 2");
      const auto value = in.bytes_of<48>();
      if (in.ok()) m.pcrs[next++] = value;
    }
    if (in.ok() && next != m.pcrs.size()) in.refuse(Reject::malformed, "fewer registers", "0, 1, 2");
    p.measurements.push_back(std::move(m));
  }
  for (auto c = in.array(models_max); in.more(c);) {
    in.open_array(2);
    ModelReference model;
    model.name = in.tstr(name_size_max);
    model.digest = in.bytes_of<32>();
    p.models.push_back(std::move(model));
  }
  for (auto c = in.array(brokers_max); in.more(c);) {
    in.open_array(2);
    BrokerReference broker;
    broker.name = in.tstr(name_size_max);
    broker.identity.bytes = in.bytes_of<32>();
    p.brokers.push_back(std::move(broker));
  }
  std::size_t wanted = elements_of_all;
  for_rules(p, [&]<class Rules>(std::string_view, std::optional<Rules>& rules, bool listed) {
    if (!listed || !in.ok()) return;
    ++wanted;
    rules = Rules::read(in);
  });
  if (in.ok() && elements != wanted) in.refuse(Reject::malformed, "rules for other platforms than it lists");
  if (const auto end = in.finish(); !end)
    return invalid(std::string(glovebox::name(end.error().reason)) + ": " + end.error().found, end.error().expected);
  GLOVEBOX_CHECK(p.check());
  return p;
}

Digest EvidencePolicy::digest() const {
  return crypto::sha256(to_cbor());
}

}  // namespace glovebox::verifier
