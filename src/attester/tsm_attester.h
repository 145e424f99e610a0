// tsm_attester.h: the attester of a confidential guest under Linux, through configfs-tsm: SEV-SNP's report with the
// certificates that its host hands out, TDX's quote, the two tokens of Arm CCA. Which of them it is, the driver says.
#pragma once
#include <functional>

#include "attester/attester.h"
#include "attester/tsm.h"

namespace glovebox::attester {

struct TsmPlatform;

class TsmAttester final : public Attester {
 public:
  using MakeFolder = std::function<Result<std::unique_ptr<TsmFolder>>()>;
  // create asks once who answers. Each attest makes a folder of its own, so that many threads may ask at once.
  static Result<std::unique_ptr<TsmAttester>> create(
      MakeFolder make = [] { return make_tsm_folder(); }, std::optional<std::uint8_t> privilege = {});

  attestation::Platform platform() const;
  Result<attestation::Evidence> attest(View nonce, const attestation::KeySet& keys,
                                       const attestation::Context& context) override;
  // now is unsupported: reports have no time, and the guest's clock belongs to its host.
  Result<Time> now() override;
  // measure_inputs writes nothing: the host measured them when it started the guest (docs/spec/evidence.md). What the
  // hardware has as host data (SEV-SNP), MRCONFIGID (TDX) or personalization value (CCA) must be these, else
  // platform_failed.
  Status measure_inputs(std::span<const Digest> models, const Digest& configuration) override;

 private:
  TsmAttester(MakeFolder make, const TsmPlatform& platform, std::optional<std::uint8_t> privilege)
      : make_(std::move(make)), platform_(platform), privilege_(privilege) {}
  Result<Bytes> document(View inblob);
  MakeFolder make_;
  const TsmPlatform& platform_;  // one of a few that are always there
  std::optional<std::uint8_t> privilege_;
};

}  // namespace glovebox::attester
