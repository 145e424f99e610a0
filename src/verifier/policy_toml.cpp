#include "verifier/policy_toml.h"

#include <algorithm>

#include "attestation/arm_claims.h"
#include "verifier/toml_reader.h"

namespace glovebox::verifier {
namespace {
constexpr std::size_t list_max = 64;
constexpr std::size_t word_size_max = 64;
constexpr std::size_t hash_hex_max = 128;
constexpr std::size_t base64_size_max = 4 * root_certificate_size_max / 3 + 4;

std::vector<crypto::Kem> kems(TomlTable& in) {
  std::vector<crypto::Kem> out;
  for (const std::string& word : in.texts("kems", list_max, word_size_max)) {
    if (word == "x-wing")
      out.push_back(crypto::Kem::x_wing);
    else if (word == "x25519")
      out.push_back(crypto::Kem::x25519);
    else
      in.refuse(Reject::policy_invalid, "an unknown KEM in evidence.kems", "\"x-wing\" or \"x25519\"");
  }
  std::ranges::sort(out);
  return out;
}

std::vector<Root> roots(TomlTable& in) {
  std::vector<Root> out;
  for (TomlTable& table : in.tables("roots", roots_max)) {
    Root root;
    root.name = table.text("name", name_size_max);
    root.sha256 = table.hex<32>("sha256");
    root.test = table.flag("test");
    if (const auto text = table.text_if("certificate", base64_size_max)) {
      auto der = from_base64(*text);
      if (der)
        root.certificate = std::move(*der);
      else
        table.refuse(Reject::policy_invalid, "the certificate of root " + root.name, "DER in base64");
    }
    out.push_back(std::move(root));
  }
  return out;
}

TdMeasurement td_measurement(TomlTable& in) {
  TdMeasurement out{.mr_td = in.hex<48>("mr_td"), .rtmr = {}};
  for (std::size_t i = 0; i < out.rtmr.size(); ++i)
    if (const std::string key = "rtmr" + std::to_string(i); in.has(key)) out.rtmr[i] = in.hex<48>(key);
  return out;
}

EnclaveMeasurement enclave_measurement(TomlTable& in) {
  EnclaveMeasurement out;
  if (in.has("mr_enclave")) out.mr_enclave = in.hex<32>("mr_enclave");
  if (!in.has("mr_signer")) return out;
  const auto small = [&](std::string_view key) { return static_cast<std::uint16_t>(in.number(key, 0, UINT16_MAX)); };
  out.by = EnclaveMeasurement::Signed{};
  auto& by = *out.by;
  by.mr_signer = in.hex<32>("mr_signer");
  by.isv_prod_id = small("isv_prod_id");
  by.minimum_isv_svn = small("minimum_isv_svn");
  return out;
}

std::vector<Measurement> measurements(TomlTable& in) {
  std::vector<Measurement> out;
  for (TomlTable& table : in.tables("measurements", measurements_max)) {
    Measurement m;
    m.version = table.text("version", name_size_max);
    m.root = table.hex<32>("root");
    if (table.has("measurement"))
      m.launch = table.hex<48>("measurement");
    else if (table.has("mr_td"))
      m.td = td_measurement(table);
    else if (table.has("mr_enclave") || table.has("mr_signer"))
      m.enclave = enclave_measurement(table);
    else
      m.pcrs = {table.hex<48>("pcr0"), table.hex<48>("pcr1"), table.hex<48>("pcr2")};
    out.push_back(std::move(m));
  }
  return out;
}

SnpRules snp_rules(TomlTable in) {
  SnpRules out;
  out.signing_keys = in.texts("signing_keys", list_max, word_size_max);
  out.maximum_vmpl = static_cast<std::uint8_t>(in.number("maximum_vmpl", 0, snp_vmpl_max));
  for (TomlTable& table : in.tables("minimum_tcb", snp_minima_max)) {
    SnpMinimum m;
    const auto product = attestation::snp_product_from_name(table.text("product", word_size_max));
    if (product)
      m.product = *product;
    else
      table.refuse(Reject::policy_invalid, "an unknown product in minimum_tcb", "\"Milan\", \"Genoa\" or \"Turin\"");
    const auto version = [&](std::string_view key) {
      return static_cast<std::uint8_t>(table.number(key, 0, UINT8_MAX));
    };
    m.tcb.bootloader = version("bootloader");
    m.tcb.tee = version("tee");
    m.tcb.snp = version("snp");
    m.tcb.microcode = version("microcode");
    if (m.product == attestation::SnpProduct::turin || table.has("fmc")) m.tcb.fmc = version("fmc");
    out.minima.push_back(m);
  }
  for (const std::string& text : in.texts("chips", snp_chips_max, 128)) {
    const auto bytes = from_hex(text);
    const auto chip = bytes ? fixed<64>(*bytes) : Result<Array<64>>(same(bytes));
    if (chip)
      out.chips.push_back(*chip);
    else
      in.refuse(Reject::policy_invalid, "a chip in evidence.sev-snp.chips", "128 hex digits");
  }
  out.required = in.texts("require", list_max, word_size_max);
  out.unchecked = in.texts("unchecked", list_max, word_size_max);
  for (auto* words : {&out.signing_keys, &out.required, &out.unchecked}) std::ranges::sort(*words);
  std::ranges::sort(out.chips);
  std::ranges::sort(out.minima, {}, &SnpMinimum::product);
  return out;
}

// hash reads a digest of any of the sizes that Arm's tokens have.
Bytes hash(TomlTable& in, std::string_view key) {
  const auto bytes = from_hex(in.text(key, hash_hex_max));
  if (!bytes) in.refuse(Reject::policy_invalid, "another value of " + std::string(key), "hex digits");
  return bytes.value_or(Bytes{});
}

std::vector<EnrolledKey> enrolled_keys(TomlTable& in) {
  std::vector<EnrolledKey> out;
  for (TomlTable& table : in.tables("keys", enrolled_keys_max)) {
    EnrolledKey key;
    key.name = table.text("name", name_size_max);
    const auto der = from_base64(table.text("public_key", base64_size_max));
    if (der)
      key.spki = *der;
    else
      table.refuse(Reject::policy_invalid, "the public_key of " + key.name, "SubjectPublicKeyInfo in base64");
    if (table.has("instance")) key.instance = table.hex<33>("instance");
    key.test = table.flag("test");
    out.push_back(std::move(key));
  }
  return out;
}

ArmRules arm_rules(TomlTable in, std::string_view software) {
  ArmRules out;
  out.keys = enrolled_keys(in);
  for (const std::string& text : in.texts("implementations", arm_implementations_max, word_size_max)) {
    const auto bytes = from_hex(text);
    const auto one = bytes ? fixed<32>(*bytes) : Result<Digest>(same(bytes));
    if (one)
      out.implementations.push_back(*one);
    else
      in.refuse(Reject::policy_invalid, "one of the implementations", "64 hex digits");
  }
  for (TomlTable& table : in.tables(software, arm_versions_max)) {
    ArmSoftware version{.version = table.text("version", name_size_max), .components = {}};
    for (TomlTable& piece : table.tables("components", attestation::arm_components_max))
      version.components.push_back({.type = piece.text_if("type", attestation::arm_text_size_max).value_or(""),
                                    .signer = hash(piece, "signer"),
                                    .measurement = hash(piece, "measurement")});
    std::ranges::sort(version.components);
    out.software.push_back(std::move(version));
  }
  for (TomlTable& table : in.tables("realms", arm_versions_max)) {
    ArmRealm realm{.version = table.text("version", name_size_max), .initial = hash(table, "initial")};
    for (const std::string& text : table.texts("extensible", list_max, hash_hex_max)) {
      auto bytes = from_hex(text);
      if (!bytes) table.refuse(Reject::policy_invalid, "an extensible measurement", "hex digits");
      realm.extensible.push_back(std::move(bytes).value_or(Bytes{}));
    }
    out.realms.push_back(std::move(realm));
  }
  out.unchecked = in.texts("unchecked", list_max, word_size_max);
  std::ranges::sort(out.unchecked);
  std::ranges::sort(out.implementations);
  return out;
}

template <std::size_t N>
TpmRulesOf<N> tpm_rules(TomlTable in) {
  TpmRulesOf<N> out;
  out.keys = enrolled_keys(in);
  for (TomlTable& table : in.tables("versions", tpm_versions_max)) {
    TpmVersionOf<N> version{.version = table.text("version", name_size_max), .registers = {}};
    for (std::uint8_t i = 0; i < attestation::tpm_registers; ++i) {
      const std::string key = "pcr" + std::to_string(i);
      if (table.has(key)) version.registers.emplace(i, table.hex<N>(key));
    }
    out.versions.push_back(std::move(version));
  }
  return out;
}

template <std::size_t N>
std::vector<Array<N>> values(TomlTable& in, std::string_view key) {
  std::vector<Array<N>> out;
  for (const std::string& text : in.texts(key, intel_platforms_max, 2 * N)) {
    const auto bytes = from_hex(text);
    const auto value = bytes ? fixed<N>(*bytes) : Result<Array<N>>(same(bytes));
    if (value)
      out.push_back(*value);
    else
      in.refuse(Reject::policy_invalid, "an element of " + std::string(key), std::to_string(2 * N) + " hex digits");
  }
  std::ranges::sort(out);
  return out;
}

IntelRules intel_rules(TomlTable in) {
  IntelRules out;
  for (const std::string& word : in.texts("statuses", list_max, word_size_max)) {
    const auto status = tcb_status_from_name(word);
    if (status)
      out.statuses.push_back(*status);
    else
      in.refuse(Reject::policy_invalid, "an unknown status: " + word, "one of Intel's words, as \"UpToDate\"");
  }
  out.advisories = in.texts("advisories", advisories_max, advisory_size_max);
  out.minimum_evaluation = static_cast<std::uint32_t>(in.number_if("minimum_evaluation", 1, UINT32_MAX).value_or(0));
  if (const auto text = in.text_if("minimum_tcb_date", word_size_max)) {
    const auto time = from_rfc3339(*text);
    if (time && time->milliseconds % 1000 == 0 && text->find('T') != std::string::npos && time->seconds() <= UINT32_MAX)
      out.minimum_tcb_date = *time;
    else
      in.refuse(Reject::policy_invalid, "minimum_tcb_date of another form", "\"2024-03-13T00:00:00Z\"");
  }
  out.fmspcs = values<6>(in, "fmspcs");
  out.platforms = values<16>(in, "platforms");
  if (in.has("service_td")) out.service_td = in.hex<48>("service_td");
  out.unchecked = in.texts("unchecked", list_max, word_size_max);
  for (auto* words : {&out.advisories, &out.unchecked}) std::ranges::sort(*words);
  std::ranges::sort(out.statuses);
  return out;
}

EvidencePolicy evidence(TomlTable in) {
  EvidencePolicy p;
  const std::string profile = in.text("profile", word_size_max);
  p.profile = profile == "none" ? Profile::none : Profile::glovebox;
  if (in.ok() && profile != name(p.profile))
    in.refuse(Reject::policy_invalid, "evidence.profile of another name", "\"glovebox\" or \"none\"");
  p.platforms = in.texts("platforms", list_max, word_size_max);
  std::ranges::sort(p.platforms);
  p.freshness_seconds = static_cast<std::uint32_t>(in.number("freshness_seconds", 1, freshness_seconds_max));
  p.kems = kems(in);
  if (p.profile == Profile::glovebox || in.has("configuration")) p.configuration = in.hex<32>("configuration");
  if (auto table = in.table_if("arm-cca")) p.arm_cca = arm_rules(std::move(*table), "firmware");
  if (auto table = in.table_if("arm-psa")) p.arm_psa = arm_rules(std::move(*table), "software");
  if (auto table = in.table_if("azure-snp-vtpm")) p.azure_snp = tpm_rules<32>(std::move(*table));
  if (auto table = in.table_if("azure-tdx-vtpm")) p.azure_tdx = tpm_rules<32>(std::move(*table));
  if (auto table = in.table_if("nitro-tpm")) p.nitro_tpm = tpm_rules<48>(std::move(*table));
  if (auto table = in.table_if("tpm")) p.tpm = tpm_rules<32>(std::move(*table));
  if (auto table = in.table_if("sev-snp")) p.snp = snp_rules(std::move(*table));
  if (auto table = in.table_if("tdx")) p.tdx = intel_rules(std::move(*table));
  if (auto table = in.table_if("sgx")) p.sgx = intel_rules(std::move(*table));
  p.roots = roots(in);
  p.measurements = measurements(in);
  for (TomlTable& table : in.tables("models", models_max)) {
    ModelReference model;
    model.name = table.text("name", name_size_max);
    model.digest = table.hex<32>("digest");
    p.models.push_back(std::move(model));
  }
  for (TomlTable& table : in.tables("brokers", brokers_max)) {
    BrokerReference broker;
    broker.name = table.text("name", name_size_max);
    broker.identity.bytes = table.hex<32>("identity");
    broker.url = table.text_if("url", url_size_max);
    p.brokers.push_back(std::move(broker));
  }
  return p;
}

std::optional<Time> time_if(TomlTable& in, std::string_view key) {
  const auto text = in.text_if(key, word_size_max);
  if (!text) return std::nullopt;
  const auto time = from_rfc3339(*text);
  if (!time || time->milliseconds % 1000 != 0 || text->find('T') == std::string::npos) {
    in.refuse(Reject::policy_invalid, "release." + std::string(key) + " of another form", "\"2026-11-21T00:00:00Z\"");
    return std::nullopt;
  }
  return *time;
}

protocol::ReleaseRules release(TomlTable in) {
  protocol::ReleaseRules rules;
  rules.purpose = in.text("purpose", word_size_max);
  rules.not_before = time_if(in, "not_before");
  rules.not_after = time_if(in, "not_after");
  rules.maximum_uses = in.number_if("maximum_uses", 1, protocol::maximum_uses_max);
  for (const std::string& word : in.texts("output_forms", list_max, word_size_max)) {
    const auto form = protocol::output_form_from_name(word);
    if (form)
      rules.output_forms.push_back(*form);
    else
      in.refuse(Reject::policy_invalid, "an unknown form in release.output_forms", "\"score\" or \"table\"");
  }
  std::ranges::sort(rules.output_forms, {}, [](protocol::OutputForm form) { return protocol::name(form); });
  for (const std::string& text : in.texts("requesters", protocol::requesters_max, word_size_max)) {
    const auto bytes = from_hex(text);
    const auto key = bytes ? crypto::VerifyKey::parse(*bytes) : Result<crypto::VerifyKey>(same(bytes));
    if (key)
      rules.requesters.push_back(*key);
    else
      in.refuse(Reject::policy_invalid, "a key in release.requesters", "64 hex digits of an Ed25519 key");
  }
  std::ranges::sort(rules.requesters);
  return rules;
}
}  // namespace

Result<PolicyFile> parse_policy(View toml) {
  GLOVEBOX_TRY(in, TomlTable::parse(toml, policy_size_max));
  PolicyFile file{.evidence = evidence(in.table("evidence"))};
  if (const auto table = in.table_if("release")) file.release = release(*table);
  GLOVEBOX_CHECK(in.finish());
  GLOVEBOX_CHECK(file.evidence.check());
  if (file.release) GLOVEBOX_CHECK(file.release->check());
  return file;
}

}  // namespace glovebox::verifier
