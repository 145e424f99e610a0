#include "testroots/suite.h"

#include "base/file.h"

namespace glovebox::testroots {
namespace {
std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

Status make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Reject::file_unwritable, folder.string() + ": " + error.message());
  return {};
}
}  // namespace

void Suite::add(const std::string& platform, Words words, Case question) {
  question.name = platform + "-" + words.name;
  question.platform = platform;
  question.why = std::move(words.why);
  question.expected = std::move(words.expected);
  question.clause = std::move(words.clause);
  cases.push_back(std::move(question));
}

Suite make_suite(Time at, std::string_view prefix) {
  Suite out;
  const auto wanted = [&](std::string_view platform) {
    return prefix.starts_with(platform) || platform.starts_with(prefix);
  };
  // A case of each other platform is shown to a policy of Nitro.
  nitro_cases(out, at);
  if (!wanted("nitro-")) out.cases.clear();
  if (wanted("nitro-tpm-")) nitro_tpm_cases(out, at);
  if (wanted("sev-snp-")) snp_cases(out, at);
  if (wanted("arm-")) {
    psa_cases(out, at);
    cca_cases(out, at);
  }
  if (wanted("tpm-")) tpm_cases(out, at);
  if (wanted("azure-snp-vtpm-")) azure_cases(out, at);
  if (wanted("azure-tdx-vtpm-")) azure_tdx_cases(out, at);
  if (wanted("tdx-")) intel_cases(out, at, attestation::Tee::tdx);
  if (wanted("sgx-")) intel_cases(out, at, attestation::Tee::sgx);
  return out;
}

std::string manifest(const Case& one) {
  std::string out = "{\n";
  const auto line = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) out += "  " + json_text(key) + ": " + json_text(value) + ",\n";
  };
  line("platform", one.platform);
  line("why", one.why);
  line("expected", one.expected);
  line("clause", one.clause);
  line("policy", "../policies/" + one.policy + ".toml");
  if (!one.collateral.empty()) line("collateral", "../collateral/" + one.collateral + ".bin");
  line("at", to_rfc3339(one.at));
  line("nonce", to_hex(one.nonce));
  line("purpose", one.purpose);
  return out + "  \"evidence\": \"evidence.bin\"\n}\n";
}

Status write_case(const std::string& folder, const Case& one) {
  const std::filesystem::path at = std::filesystem::path(folder) / one.name;
  GLOVEBOX_CHECK(make_folder(at));
  GLOVEBOX_CHECK(write_file(at / "evidence.bin", one.evidence));
  return write_file(at / "manifest.json", view_of(manifest(one)));
}

Status write_suite(const std::string& folder, const Suite& suite) {
  const std::filesystem::path policies = std::filesystem::path(folder) / "policies";
  GLOVEBOX_CHECK(make_folder(policies));
  for (const auto& [name, text] : suite.policies)
    GLOVEBOX_CHECK(write_file(policies / (name + ".toml"), view_of(text)));
  const std::filesystem::path collateral = std::filesystem::path(folder) / "collateral";
  if (!suite.collateral.empty()) GLOVEBOX_CHECK(make_folder(collateral));
  for (const auto& [name, bundle] : suite.collateral) GLOVEBOX_CHECK(write_file(collateral / (name + ".bin"), bundle));
  for (const Case& one : suite.cases) GLOVEBOX_CHECK(write_case(folder, one));
  return {};
}

}  // namespace glovebox::testroots
