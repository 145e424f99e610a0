// nsm.h: an enclave's Nitro Security Module: the device /dev/nsm, or a socket that a launcher left open and that
// carries the same bytes (docs/spec/evidence.md, "Development platform"). Nothing above the transport knows which it
// is.
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>

#include "attestation/nsm_messages.h"
#include "attestation/pcr.h"

namespace glovebox::attester {

// Transport carries one request and its response. platform_failed.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<Bytes> exchange(View request) = 0;
};
Result<std::unique_ptr<Transport>> open_device(const std::filesystem::path& path = "/dev/nsm");
// adopt_socket takes over an inherited stream socket: frames of u32be size || CBOR in both directions.
Result<std::unique_ptr<Transport>> adopt_socket(int fd);

// What attest asks the module to sign. Empty means that the field stays null.
struct Claims {
  View user_data = {};   // at most 512 bytes
  View nonce = {};       // at most 512 bytes
  View public_key = {};  // at most 1024 bytes
};

// Nsm asks the module. One call at a time; safe to use from many threads. Every call: platform_failed, with what the
// module said; too_large where more is asked for than the platform's documents allow (an emulator would let it pass).
class Nsm {
 public:
  explicit Nsm(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}

  Result<attestation::nsm::Description> describe();
  Result<attestation::nsm::PcrDescription> describe_pcr(std::uint8_t index);
  Result<attestation::Pcr> extend_pcr(std::uint8_t index, View data);  // at most 512 bytes
  Status lock_pcr(std::uint8_t index);
  Status lock_pcrs(std::uint8_t range);  // 0 to range - 1
  Status random(std::span<std::uint8_t> out);
  Result<Bytes> attest(const Claims& claims);  // the document

 private:
  Result<attestation::nsm::Response> ask(const attestation::nsm::Request& request);
  std::mutex mutex_;
  std::unique_ptr<Transport> transport_;
};

}  // namespace glovebox::attester
