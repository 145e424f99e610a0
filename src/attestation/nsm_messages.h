// nsm_messages.h: what an enclave and its Nitro Security Module say to each other, in both directions, as the
// platform's own library writes it (aws-nitro-enclaves-nsm-api, src/api/mod.rs, through serde_cbor): a variant without
// fields is its name as text, one with fields a map of one entry {name: {field: value}}.
#pragma once
#include <optional>
#include <variant>

#include "base/bytes.h"

namespace glovebox::attestation::nsm {

constexpr std::size_t request_size_max = 0x1000;  // drivers/misc/nsm.c
constexpr std::size_t response_size_max = 0x3000;
constexpr std::size_t random_size_max = 256;

struct DescribeNsm {
  bool operator==(const DescribeNsm&) const = default;
};
struct DescribePcr {
  std::uint16_t index = 0;
  bool operator==(const DescribePcr&) const = default;
};
struct ExtendPcr {
  std::uint16_t index = 0;
  Bytes data;
  bool operator==(const ExtendPcr&) const = default;
};
struct LockPcr {
  std::uint16_t index = 0;
  bool operator==(const LockPcr&) const = default;
};
struct LockPcrs {  // locks 0 to range - 1
  std::uint16_t range = 0;
  bool operator==(const LockPcrs&) const = default;
};
struct Attestation {
  std::optional<Bytes> user_data = {};
  std::optional<Bytes> nonce = {};
  std::optional<Bytes> public_key = {};
  bool operator==(const Attestation&) const = default;
};
struct GetRandom {
  bool operator==(const GetRandom&) const = default;
};
using Request = std::variant<DescribeNsm, DescribePcr, ExtendPcr, LockPcr, LockPcrs, Attestation, GetRandom>;

struct Description {
  std::uint16_t version_major = 0;
  std::uint16_t version_minor = 0;
  std::uint16_t version_patch = 0;
  std::string module_id;
  std::uint16_t max_pcrs = 0;
  std::vector<std::uint16_t> locked_pcrs;
  std::string digest;
  bool operator==(const Description&) const = default;
};
struct PcrDescription {
  bool lock = false;
  Bytes data;
  bool operator==(const PcrDescription&) const = default;
};
struct Extended {
  Bytes data;
  bool operator==(const Extended&) const = default;
};
struct Locked {
  bool operator==(const Locked&) const = default;
};
struct LockedRange {
  bool operator==(const LockedRange&) const = default;
};
struct Attested {
  Bytes document;
  bool operator==(const Attested&) const = default;
};
struct Random {
  Bytes random;
  bool operator==(const Random&) const = default;
};
enum class Failure {
  invalid_argument,
  invalid_index,
  invalid_response,
  read_only_index,
  invalid_operation,
  buffer_too_small,
  input_too_large,
  internal_error
};
std::string_view name(Failure failure);  // as on the wire: "InvalidArgument", ...
using Response = std::variant<Description, PcrDescription, Extended, Locked, LockedRange, Attested, Random, Failure>;

Bytes encode(const Request& request);
Bytes encode(const Response& response);
// The parsers read to the last byte; keys of a map in any order, each once. protocol_error.
Result<Request> parse_request(View bytes);
Result<Response> parse_response(View bytes);

}  // namespace glovebox::attestation::nsm
