#include "attester/tsm_attester.h"

#include "attester/tsm_platforms.h"

namespace glovebox::attester {

Result<std::unique_ptr<TsmAttester>> TsmAttester::create(MakeFolder make, std::optional<std::uint8_t> privilege) {
  if (privilege && *privilege > tsm_privilege_max)
    return fail(Reject::platform_failed, "privilege level " + std::to_string(*privilege), "0 to 3");
  GLOVEBOX_TRY(folder, make());
  GLOVEBOX_TRY(provider, tsm_provider(*folder));
  const TsmPlatform* const platform = tsm_platform(provider);
  if (platform == nullptr)
    return fail(Reject::platform_failed, "provider " + provider, tsm_providers(),
                "this kernel's provider of reports is not known here");
  return std::unique_ptr<TsmAttester>(new TsmAttester(std::move(make), *platform, privilege));
}

attestation::Platform TsmAttester::platform() const {
  return platform_.platform;
}

Result<Bytes> TsmAttester::document(View inblob) {
  GLOVEBOX_TRY(folder, make_());
  GLOVEBOX_TRY(asked, ask_tsm(*folder, inblob, privilege_));
  if (asked.provider != platform_.provider)
    return fail(Reject::platform_failed, "provider " + asked.provider, std::string(platform_.provider));
  GLOVEBOX_TRY(document, platform_.document(asked, inblob));
  if (document.size() > attestation::document_size_max)
    return fail(Reject::platform_failed, std::to_string(document.size()) + " bytes of evidence",
                "at most " + std::to_string(attestation::document_size_max));
  return document;
}

Result<attestation::Evidence> TsmAttester::attest(View nonce, const attestation::KeySet& keys,
                                                  const attestation::Context& context) {
  if (attestation::purpose_of(context) == attestation::Purpose::kms)
    return fail(Reject::unsupported, "evidence for AWS KMS from another platform than Nitro");
  const attestation::Binding binding = attestation::make_binding(nonce, keys, context);
  GLOVEBOX_TRY(bytes, document(binding.view()));
  return attestation::Evidence{.media_type = std::string(attestation::media_type(platform_.platform)),
                               .document = std::move(bytes),
                               .nonce = to_bytes(nonce),
                               .keys = keys,
                               .context = context};
}

Result<Time> TsmAttester::now() {
  return fail(Reject::unsupported, "the time of a confidential guest", "a platform that attests one");
}

Status TsmAttester::measure_inputs(std::span<const Digest> models, const Digest& configuration) {
  GLOVEBOX_TRY(bytes, document(Array<tsm_inblob_size>{}));
  return platform_.same_inputs(bytes, configuration, models);
}

}  // namespace glovebox::attester
