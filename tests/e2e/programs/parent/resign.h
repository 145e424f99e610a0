// resign.h: stands in for the platform's signature, which QEMU's security module does not make: evidence on its way out
// of the guest gets a certificate, its chain and a signature under a test root. The registers and all else that it says
// are QEMU's. Only this program does it; nothing in an image or a verifier knows of it.
#pragma once
#include <memory>
#include <mutex>
#include <string>

#include "devnsm/virtual_nsm.h"

namespace glovebox::parent {

class Resigner {
 public:
  // With a folder, every document is kept there as it came and as it went: raw-N and signed-N, evidence messages.
  Resigner(devnsm::TestRoot root, std::string kept);
  // evidence signs a whole evidence message.
  Result<Bytes> evidence(View message);
  // release_call does the same to the evidence in one (docs/spec/request.md).
  Result<Bytes> release_call(View body);

 private:
  devnsm::TestRoot root_;
  devnsm::VirtualNsm signer_;
  std::string kept_;
  std::mutex mutex_;
  int number_ = 0;
};

// relay_calls listens on `near` for the host's calls and takes each to `far`; relay_proxy the enclave's, of which those
// to the broker's release are signed. They return once they listen; their threads run to the program's end.
Status relay_calls(const std::string& near, const std::string& far, Resigner& resigner);
Status relay_proxy(const std::string& near, const std::string& far, Resigner& resigner);

}  // namespace glovebox::parent
