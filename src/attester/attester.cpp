#include "attester/attester.h"

#include <algorithm>

#include "attestation/nitro_document.h"

namespace glovebox::attester {
namespace {
using attestation::Purpose;

Status must_be_free(Nsm& nsm, std::uint8_t index) {
  GLOVEBOX_TRY(found, nsm.describe_pcr(index));
  if (found.lock || !std::ranges::all_of(found.data, [](std::uint8_t b) { return b == 0; }))
    return fail(Reject::platform_failed,
                "PCR" + std::to_string(index) + (found.lock ? " locked already" : " written already"),
                "a register that nobody wrote", "something ran in this enclave before");
  return {};
}

Status write_and_lock(Nsm& nsm, std::uint8_t index, View data, const attestation::Pcr& expected) {
  GLOVEBOX_TRY(value, nsm.extend_pcr(index, data));
  if (value != expected) return fail(Reject::platform_failed, "PCR" + std::to_string(index) + " with another value");
  return nsm.lock_pcr(index);
}
}  // namespace

Result<std::unique_ptr<NsmAttester>> NsmAttester::create(std::unique_ptr<Transport> transport) {
  auto attester = std::unique_ptr<NsmAttester>(new NsmAttester(std::move(transport)));
  GLOVEBOX_TRY(module, attester->nsm_.describe());
  if (module.digest != "SHA384" || module.max_pcrs <= attestation::pcr_configuration)
    return fail(Reject::platform_failed,
                "a module with " + std::to_string(module.max_pcrs) + " registers of " + module.digest,
                "32 registers of SHA384");
  return attester;
}

Result<attestation::Evidence> NsmAttester::attest(View nonce, const attestation::KeySet& keys,
                                                  const attestation::Context& context) {
  const attestation::Binding binding = attestation::make_binding(nonce, keys, context);
  const Digest digest = keys.digest();
  View public_key = digest;
  if (attestation::purpose_of(context) == Purpose::kms) {
    // KMS seals its answer to the key that it finds in the document: there the digest would not do.
    const attestation::Key* rsa = keys.find(attestation::role_kms);
    if (rsa == nullptr) return fail(Reject::key_invalid, "no key for KMS", "one RSA-2048 key");
    public_key = rsa->public_key;
  }
  GLOVEBOX_TRY(document, nsm_.attest({.user_data = binding.view(), .nonce = nonce, .public_key = public_key}));
  return attestation::Evidence{.media_type = std::string(attestation::media_type_nitro),
                               .document = std::move(document),
                               .nonce = to_bytes(nonce),
                               .keys = keys,
                               .context = context};
}

Result<Time> NsmAttester::now() {
  GLOVEBOX_TRY(bytes, nsm_.attest({}));
  const auto claims = attestation::parse_own(bytes);
  if (!claims) return fail(Reject::platform_failed, describe(claims.error()));
  return claims->timestamp;
}

Status NsmAttester::measure_inputs(std::span<const Digest> models, const Digest& configuration) {
  GLOVEBOX_CHECK(must_be_free(nsm_, attestation::pcr_models));
  GLOVEBOX_CHECK(must_be_free(nsm_, attestation::pcr_configuration));
  GLOVEBOX_CHECK(write_and_lock(nsm_, attestation::pcr_models, attestation::models_data(models),
                                attestation::models_register(models)));
  return write_and_lock(nsm_, attestation::pcr_configuration, attestation::configuration_data(configuration),
                        attestation::configuration_register(configuration));
}

}  // namespace glovebox::attester
