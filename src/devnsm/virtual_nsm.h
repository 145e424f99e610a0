// virtual_nsm.h: plays a Nitro hypervisor for one enclave: registers, locks, and documents of Nitro's shape, signed
// under a test root through an intermediate and a leaf of three hours.
#pragma once
#include <functional>

#include "attestation/nitro_document.h"
#include "attestation/nsm_messages.h"
#include "devnsm/test_root.h"

namespace glovebox::devnsm {

constexpr std::int64_t leaf_seconds = 3 * 3600;

class VirtualNsm {
 public:
  // `pcrs` are the registers at start; 0 to 15 are locked, as on hardware. The clock is asked for each document. The
  // root must outlive this.
  VirtualNsm(const TestRoot& root, attestation::Pcrs pcrs, std::function<Time()> clock);

  // answer reads a request and writes the response, as bytes; never fails: what is wrong is an Error response.
  Bytes answer(View request);
  attestation::nsm::Response handle(const attestation::nsm::Request& request);

  const std::string& module_id() const { return module_id_; }
  // claims is what the next document would say (locked registers only); sign makes a document of any claims, for tests
  // that need wrong ones.
  attestation::NitroClaims claims();
  Bytes sign(const attestation::NitroClaims& claims) const;
  const crypto::EcKey& leaf_key() const { return leaf_key_; }

 private:
  void renew(Time now);
  const TestRoot& root_;
  std::function<Time()> clock_;
  std::string module_id_;
  std::array<attestation::Pcr, attestation::pcr_count> pcrs_{};
  std::array<bool, attestation::pcr_count> locked_{};
  crypto::EcKey intermediate_key_;
  crypto::EcKey leaf_key_;
  Bytes intermediate_;
  Bytes leaf_;
  Time leaf_until_;
};

}  // namespace glovebox::devnsm
