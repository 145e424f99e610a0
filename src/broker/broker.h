// broker.h: the relying party that releases shares of file keys: it appraises the enclave's evidence under the policy
// that the data's owner bound at encryption, counts uses, and seals the share to the attested key
// (docs/spec/request.md). Time is an argument. Safe to use from many threads.
#pragma once
#include <array>
#include <atomic>

#include "broker/challenges.h"
#include "broker/keys.h"
#include "broker/store.h"
#include "crypto/chain_memory.h"
#include "verifier/appraise.h"

namespace glovebox::broker {

// What every output about a count of uses says until a witness is there.
constexpr std::string_view use_count_note = "unchecked, trusts the broker's operator";

class Broker {
 public:
  // init makes a broker's folder: its identity, its database and a first wrapping key (X-Wing). With development roots
  // (SHA-256 of their DER) it accepts these alone, and is a development broker for good; without, the roots of
  // platforms' makers alone (verifier/known_roots.h).
  static Status init(const std::filesystem::path& folder, const std::vector<Digest>& development_roots, Time now,
                     std::int64_t key_days);
  static Result<std::unique_ptr<Broker>> open(const std::filesystem::path& folder);
  // new_key makes the next wrapping key and returns its statement.
  static Result<protocol::KeyStatement> new_key(const std::filesystem::path& folder, crypto::Kem kem, Time now,
                                                std::int64_t days);

  Bytes challenge(Time now);  // signed
  // release returns the signed release, or why not, in the order of docs/spec/request.md; both are logged.
  Result<Bytes> release(View call, Time now);
  Bytes keys() const;
  Status reload();  // reads the keys anew, after new_key
  // use_collateral gives what every appraisal from now on may look for beside the evidence, in place of what there was.
  // It is the operator's own: a caller and his host can give none.
  void use_collateral(verifier::Collateral collateral);

  const crypto::VerifyKey& identity() const { return identity_; }
  bool development() const { return store_->development(); }
  Store& store() { return *store_; }
  std::string metrics() const;

 private:
  Broker(std::filesystem::path folder, std::shared_ptr<const Keys> keys, std::unique_ptr<Store> store);
  std::shared_ptr<const Keys> held() const;
  std::shared_ptr<const verifier::Collateral> collateral() const;
  Result<Bytes> decide(View call, Time now, Event& event);
  Status accept_root(const verifier::AttestationResult& result) const;
  crypto::ChainMemory* memory_for(const verifier::EvidencePolicy& policy);

  std::filesystem::path folder_;
  mutable std::mutex mutex_;  // of keys_, collateral_ and refusals_
  std::shared_ptr<const Keys> keys_;
  std::shared_ptr<const verifier::Collateral> collateral_ = std::make_shared<const verifier::Collateral>();
  crypto::VerifyKey identity_;
  std::unique_ptr<Store> store_;
  Challenges challenges_;
  crypto::ChainMemory memory_;
  std::atomic<std::uint64_t> challenged_ = 0;
  std::array<std::atomic<std::uint64_t>, 3> granted_{};  // release, again, repeat
  std::map<Reject, std::uint64_t> refusals_;
};

}  // namespace glovebox::broker
