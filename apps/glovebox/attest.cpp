// attest: what evidence says, and whether a policy accepts it.
#include "attestation/cmw.h"
#include "attestation/evidence.h"
#include "base/file.h"
#include "crypto/key_file.h"
#include "glovebox/claims_json.h"
#include "glovebox/collateral.h"
#include "glovebox/local.h"
#include "glovebox/options.h"
#include "glovebox/output.h"
#include "verifier/appraise.h"
#include "verifier/ear.h"
#include "verifier/explain.h"
#include "verifier/policy_toml.h"

namespace glovebox::app {
namespace {
using attestation::Kind;
using attestation::Platform;
constexpr std::size_t file_size_max = std::size_t{1} << 20;

Status show(const AttestShow& options) {
  GLOVEBOX_TRY(bytes, read_file(options.file, file_size_max));
  if (!json_output()) {
    const auto seen = verifier::overview(bytes);
    GLOVEBOX_CHECK(seen.form);
    say(seen.text);
    return {};
  }
  // say_claims prints what one kind of evidence says of itself.
  const auto say_claims = [](const auto& parsed) -> Status {
    if (!parsed) return std::unexpected(parsed.error());
    say(claims_json(*parsed));
    return {};
  };
  switch (attestation::recognise(bytes)) {
    case Kind::message:
      return say_claims(attestation::Evidence::parse(bytes));
    case Kind::sev_snp:
      return say_claims(attestation::SnpEvidence::parse(bytes));
    case Kind::tdx:
    case Kind::sgx:
      return say_claims(attestation::Quote::parse(bytes));
    case Kind::arm_cca:
      return say_claims(attestation::CcaToken::parse(bytes));
    case Kind::arm_psa:
      return say_claims(attestation::PsaToken::parse(bytes));
    case Kind::azure_snp:
    case Kind::azure_tdx:
      return say_claims(attestation::AzureEvidence::parse(bytes));
    case Kind::nitro_tpm:
      return say_claims(attestation::parse_unverified(bytes, attestation::NitroSource::tpm));
    case Kind::tpm_quote:
      return say_claims(attestation::TpmQuote::parse(bytes));
    default:
      return say_claims(attestation::parse_unverified(bytes));
  }
}

// Asked is what the options say, read; Appraised what came of it.
struct Asked {
  verifier::PolicyFile policy;
  Bytes file;
  Time at;
  std::optional<Bytes> nonce;
  attestation::Purpose purpose = attestation::Purpose::client;
  verifier::Collateral collateral = {};
};

Result<Asked> ask(const AttestVerify& options) {
  GLOVEBOX_TRY(policy, load_policy(options.policy));
  GLOVEBOX_TRY(file, read_file(options.file, file_size_max));
  Asked out{.policy = std::move(policy), .file = std::move(file), .at = system_now(), .nonce = {}};
  if (!options.at.empty()) {
    const auto named = from_rfc3339(options.at);
    if (!named) return fail(Reject::usage, "--at " + options.at, named.error().expected);
    out.at = *named;
  }
  if (!options.nonce.empty()) {
    auto given = from_hex(options.nonce);
    if (!given) return fail(Reject::usage, "--nonce " + options.nonce, "hex digits, two for each byte");
    out.nonce = std::move(*given);
  }
  GLOVEBOX_TRY(purpose, attestation::purpose_from_name(options.purpose));  // the verifier's word, never the message's
  out.purpose = purpose;
  GLOVEBOX_TRY(collateral, read_collateral(options.collateral));
  out.collateral = std::move(collateral);
  return out;
}

Result<verifier::AttestationResult> appraise_bare(View document, Platform platform, const Asked& asked) {
  const std::optional<View> wanted = asked.nonce ? std::optional<View>(*asked.nonce) : std::nullopt;
  return verifier::appraise_document(document, asked.policy.evidence, asked.at, wanted, platform, asked.collateral);
}

Result<verifier::AttestationResult> appraise(const Asked& asked) {
  switch (attestation::recognise(asked.file)) {
    case Kind::message: {
      GLOVEBOX_TRY(evidence, attestation::Evidence::parse(asked.file));
      if (!asked.nonce)
        return fail(Reject::usage, "an evidence message and no nonce", "--nonce, the one it was asked for with",
                    "without it, evidence may be old or somebody else's");
      verifier::Expected expected{.purpose = asked.purpose};
      GLOVEBOX_TRY(wanted, fixed<attestation::nonce_size>(*asked.nonce));
      expected.nonce = wanted;
      return verifier::appraise(evidence, expected, asked.policy.evidence, asked.at, asked.collateral);
    }
    case Kind::cmw: {
      GLOVEBOX_TRY(record, attestation::Cmw::parse(asked.file));
      const auto platform = attestation::platform_from_media_type(record.media_type);
      if (!platform)
        return fail(Reject::platform_unknown, record.media_type, "a media type of evidence that is known here");
      return appraise_bare(record.value, *platform, asked);
    }
    default: {
      GLOVEBOX_TRY(platform, verifier::platform_of_file(asked.file, asked.policy.evidence));
      return appraise_bare(asked.file, platform, asked);
    }
  }
}

// next_step says what a person does who has explained a file of this kind without a policy.
std::string next_step(Kind kind) {
  const std::string judge = "  to do:    glovebox attest explain FILE --policy POLICY";
  const std::string collateral =
      "            glovebox attest collateral fetch FILE -o BUNDLE    what to give with --collateral\n";
  switch (kind) {
    case Kind::sev_snp:
    case Kind::tdx:
    case Kind::sgx:
    case Kind::azure_snp:
    case Kind::azure_tdx:
      return judge + " --collateral BUNDLE\n" +
             "            glovebox policy new --evidence FILE -o POLICY    accepts what this says of itself: read "
             "it\n" +
             collateral;
    case Kind::nitro_tpm:
      return judge + "    docs/spec/policy.md, [evidence.nitro-tpm]: an instance's TPM is no enclave\n";
    case Kind::arm_cca:
    case Kind::arm_psa:
      return judge + "    no maker's root exists: the policy names the keys that count\n";
    case Kind::tpm_quote:
      return judge +
             "    no maker's root exists: the policy names the keys that count\n"
             "            a quote alone has no signature and no registers: docs/spec/evidence.md, TPM, says how they "
             "travel\n";
    case Kind::azure_vtpm:
      return "            nor can it be: it has no signature of the TPM's; docs/spec/evidence.md, TPM, says what goes "
             "beside it\n";
    default:
      return judge + "    `glovebox policy new` writes a first one for an enclave of ours\n";
  }
}

verifier::Ear ear_of(const Asked& asked) {
  return {.outcome = appraise(asked),
          .policy = asked.policy.evidence.digest(),
          .issued = asked.at,
          .nonce = asked.nonce.value_or(Bytes{})};
}

// write_ear writes the outcome, a refusal too, as a signed attestation result.
Status write_ear(const AttestVerify& options, const verifier::Ear& ear) {
  if (options.ear.empty()) return {};
  if (options.key.empty() || options.output.empty())
    return fail(Reject::usage, "--ear without --key or --output", "both: who signs it, and where to");
  GLOVEBOX_TRY(text, read_secret_file(options.key, crypto::key_file_max));
  GLOVEBOX_TRY(identity, crypto::SecretIdentity::parse_file(text.expose()));
  if (options.ear == "cwt") return write_file(options.output, ear.cwt(identity.signer()));
  return write_file(options.output, view_of(ear.jwt(identity.signer()) + "\n"));
}
}  // namespace

int run(const AttestShow& options) {
  if (const auto shown = show(options); !shown) return report_error("glovebox", shown.error(), Sent::unsaid);
  return 0;
}

int run(const AttestVerify& options) {
  const auto asked = ask(options);
  if (!asked) return report_error("glovebox", asked.error(), Sent::unsaid);
  const verifier::Ear ear = ear_of(*asked);
  if (const auto written = write_ear(options, ear); !written)
    return report_error("glovebox", written.error(), Sent::unsaid);
  if (!ear.outcome) {
    if (!json_output() && exit_code(ear.outcome.error().reason) == Exit::evidence_refused)
      say(verifier::explain(ear.outcome.error()));
    return report_error("glovebox", ear.outcome.error(), Sent::unsaid);
  }
  say(json_output() ? result_json(ear) : verifier::explain(*ear.outcome));
  return 0;
}

int run(const AttestExplain& options) {
  const auto file = read_file(options.appraisal.file, file_size_max);
  if (!file) return report_error("glovebox", file.error(), Sent::unsaid);
  const auto overview = verifier::overview(*file);
  std::optional<verifier::Ear> ear;
  if (!options.appraisal.policy.empty()) {
    const auto asked = ask(options.appraisal);
    if (!asked) return report_error("glovebox", asked.error(), Sent::unsaid);
    ear = ear_of(*asked);
  }
  const Status refused = ear && !ear->outcome ? Status(std::unexpected(ear->outcome.error()))
                         : ear                ? Status()
                                              : overview.form;
  if (json_output()) {
    say(explanation_json(overview, ear));
    return refused ? 0 : static_cast<int>(exit_code(refused.error().reason));
  }
  say(overview.text);
  if (ear) {
    say(ear->outcome ? verifier::explain(*ear->outcome) : verifier::explain(ear->outcome.error()));
  } else if (overview.form) {
    say("not checked, for want of a policy: who signed it, when, for whom, and whether you accept it\n" +
        next_step(overview.kind));
  }
  return refused ? 0 : report_error("glovebox", refused.error(), Sent::unsaid);
}
}  // namespace glovebox::app
