// attester.h: asks the platform for evidence. The one interface between the enclave and its hardware.
#pragma once
#include <memory>
#include <span>

#include "attestation/evidence.h"
#include "attester/nsm.h"
#include "base/time.h"

namespace glovebox::attester {

// Attester makes evidence; safe to use from many threads. Failures are platform_failed.
class Attester {
 public:
  virtual ~Attester() = default;
  // attest binds keys and context (which says the purpose) to the nonce.
  virtual Result<attestation::Evidence> attest(View nonce, const attestation::KeySet& keys,
                                               const attestation::Context& context) = 0;
  // now is the platform's time: an enclave's own clock belongs to the host.
  virtual Result<Time> now() = 0;
  // measure_inputs writes what the host supplied into registers and locks them: once, before the first request.
  virtual Status measure_inputs(std::span<const Digest> models, const Digest& configuration) = 0;
};

// NsmAttester is the attester of AWS Nitro Enclaves, and of glovebox-devnsm. For purpose `kms` the document carries the
// RSA key itself, as AWS KMS demands; for all others H(keys).
class NsmAttester final : public Attester {
 public:
  // create asks the module to describe itself: platform_failed if it is no NSM with SHA-384 registers.
  static Result<std::unique_ptr<NsmAttester>> create(std::unique_ptr<Transport> transport);

  Result<attestation::Evidence> attest(View nonce, const attestation::KeySet& keys,
                                       const attestation::Context& context) override;
  Result<Time> now() override;
  // measure_inputs refuses (platform_failed) if PCR16 or PCR17 is locked or not zero already.
  Status measure_inputs(std::span<const Digest> models, const Digest& configuration) override;

  Nsm& nsm() { return nsm_; }

 private:
  explicit NsmAttester(std::unique_ptr<Transport> transport) : nsm_(std::move(transport)) {}
  Nsm nsm_;
};

}  // namespace glovebox::attester
