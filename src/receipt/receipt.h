// receipt.h: what a result proves: which request, parameters, model, policy and enclave made it, and commitments to
// what went in and came out, which their owner can disclose one by one (docs/spec/request.md, "Answer").
#pragma once
#include "protocol/document.h"

namespace glovebox::receipt {

constexpr std::string_view receipt_label = "glovebox receipt v1";
constexpr std::size_t receipt_size_max = 4096;  // signed
constexpr std::size_t use_count_max = 128;
constexpr std::size_t time_source_max = 32;
constexpr std::size_t leakage_max = 512;
constexpr std::string_view use_count_unchecked = "unchecked, trusts the broker's operator";
constexpr std::string_view time_source_nsm = "nsm";

// ReleaseProof says which release of which broker gave the key.
struct ReleaseProof {
  crypto::VerifyKey broker;
  protocol::ReleaseId release_id{};
  Time time;  // whole seconds
  std::uint64_t use = 1;
  bool operator==(const ReleaseProof&) const = default;
};

struct Receipt {
  Digest request_digest{};
  Digest parameters_digest{};
  Digest model_digest{};
  std::optional<Digest> policy_digest = {};
  protocol::Binding binding{};
  Array<32> commitment_input{};
  Array<32> commitment_output{};
  Array<32> commitment_quality{};
  std::optional<ReleaseProof> release = {};
  std::string use_count{use_count_unchecked};
  Time time;  // milliseconds
  std::string time_source{time_source_nsm};
  std::string leakage;
  bool development = false;

  Bytes encode() const;
  static Result<Receipt> parse(View payload);
  Bytes sign(const crypto::SigningKey& receipt_key) const;
  // open: receipt_invalid unless signed by the receipt key; or parse's errors.
  static Result<Receipt> open(View signed_receipt, const crypto::VerifyKey& receipt_key);
  bool operator==(const Receipt&) const = default;
};

}  // namespace glovebox::receipt
