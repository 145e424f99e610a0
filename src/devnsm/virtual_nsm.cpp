#include "devnsm/virtual_nsm.h"

#include "crypto/random.h"

namespace glovebox::devnsm {
namespace {
namespace nsm = attestation::nsm;
using attestation::pcr_count;
constexpr std::size_t locked_at_start = 16;
constexpr std::size_t extend_size_max = 512;
constexpr std::int64_t clock_slack_seconds = 3;  // leaves are valid a little before they are issued
constexpr std::int64_t intermediate_seconds = 86400;
constexpr std::int64_t renew_before_seconds = 600;

template <class... Fs>
struct Cases : Fs... {
  using Fs::operator()...;
};

std::string new_module_id() {
  return "i-" + to_hex(crypto::random_array<8>()) + "0-enc" + to_hex(crypto::random_array<8>());
}

// within: the limits that the platform's documents name, and its answer beyond them.
bool within(const std::optional<Bytes>& value, std::size_t max) {
  return !value || value->size() <= max;
}
}  // namespace

VirtualNsm::VirtualNsm(const TestRoot& root, attestation::Pcrs pcrs, std::function<Time()> clock)
    : root_(root),
      clock_(std::move(clock)),
      module_id_(new_module_id()),
      intermediate_key_(crypto::EcKey::generate()),
      leaf_key_(crypto::EcKey::generate()) {
  for (const auto& [index, value] : pcrs) pcrs_.at(index) = value;
  for (std::size_t i = 0; i < locked_at_start; ++i) locked_[i] = true;
  renew(clock_());
}

void VirtualNsm::renew(Time now) {
  const Time start = Time::from_seconds(now.seconds() - clock_slack_seconds);
  const std::string name = module_id_.substr(0, module_id_.find("-enc"));
  intermediate_ = crypto::issue(
      crypto::intermediate_template(name + ".development", start, start.plus_seconds(intermediate_seconds), 0),
      intermediate_key_.public_key(), root_.certificate(), root_.key());
  leaf_until_ = start.plus_seconds(leaf_seconds + clock_slack_seconds);
  leaf_key_ = crypto::EcKey::generate();
  leaf_ = crypto::issue(crypto::leaf_template(module_id_, start, leaf_until_), leaf_key_.public_key(),
                        *crypto::Certificate::parse(intermediate_), intermediate_key_);
}

attestation::NitroClaims VirtualNsm::claims() {
  const Time now = clock_();
  const Time begin = leaf_until_.plus_seconds(-leaf_seconds - clock_slack_seconds);
  if (now < begin || now > leaf_until_.plus_seconds(-renew_before_seconds)) renew(now);
  attestation::NitroClaims out;
  out.module_id = module_id_;
  out.timestamp = now;
  for (std::size_t i = 0; i < pcr_count; ++i)
    if (locked_[i]) out.pcrs.emplace(static_cast<std::uint8_t>(i), pcrs_[i]);
  out.certificate = leaf_;
  out.cabundle = {to_bytes(root_.certificate().der()), intermediate_};
  return out;
}

Bytes VirtualNsm::sign(const attestation::NitroClaims& claims) const {
  return crypto::cose_sign1(leaf_key_, claims.encode(), {});
}

Bytes VirtualNsm::answer(View request) {
  const auto parsed = nsm::parse_request(request);
  return nsm::encode(parsed ? handle(*parsed) : nsm::Response(nsm::Failure::invalid_operation));
}

nsm::Response VirtualNsm::handle(const nsm::Request& request) {
  using nsm::Failure;
  using nsm::Response;
  return std::visit(Cases{[&](const nsm::DescribeNsm&) -> Response {
                            nsm::Description out{.version_major = 1,
                                                 .version_minor = 0,
                                                 .version_patch = 0,
                                                 .module_id = module_id_,
                                                 .max_pcrs = pcr_count,
                                                 .locked_pcrs = {},
                                                 .digest = "SHA384"};
                            for (std::uint16_t i = 0; i < pcr_count; ++i)
                              if (locked_[i]) out.locked_pcrs.push_back(i);
                            return out;
                          },
                          [&](const nsm::DescribePcr& r) -> Response {
                            if (r.index >= pcr_count) return Failure::invalid_index;
                            return nsm::PcrDescription{.lock = locked_[r.index], .data = to_bytes(pcrs_[r.index])};
                          },
                          [&](const nsm::ExtendPcr& r) -> Response {
                            if (r.index >= pcr_count) return Failure::invalid_index;
                            if (locked_[r.index]) return Failure::read_only_index;
                            if (r.data.empty()) return Failure::invalid_argument;
                            if (r.data.size() > extend_size_max) return Failure::input_too_large;
                            pcrs_[r.index] = attestation::extend(pcrs_[r.index], r.data);
                            return nsm::Extended{to_bytes(pcrs_[r.index])};
                          },
                          [&](const nsm::LockPcr& r) -> Response {
                            if (r.index >= pcr_count) return Failure::invalid_index;
                            if (locked_[r.index]) return Failure::read_only_index;
                            locked_[r.index] = true;
                            return nsm::Locked{};
                          },
                          [&](const nsm::LockPcrs& r) -> Response {
                            if (r.range > pcr_count) return Failure::invalid_index;
                            for (std::size_t i = 0; i < r.range; ++i) locked_[i] = true;
                            return nsm::LockedRange{};
                          },
                          [&](const nsm::Attestation& r) -> Response {
                            if (!within(r.user_data, attestation::nitro_user_data_size_max) ||
                                !within(r.nonce, attestation::nitro_nonce_size_max) ||
                                !within(r.public_key, attestation::nitro_public_key_size_max))
                              return Failure::input_too_large;
                            attestation::NitroClaims out = claims();
                            out.user_data = r.user_data;
                            out.nonce = r.nonce;
                            out.public_key = r.public_key;
                            return nsm::Attested{sign(out)};
                          },
                          [&](const nsm::GetRandom&) -> Response {
                            Bytes random(nsm::random_size_max);
                            crypto::random(random);
                            return nsm::Random{std::move(random)};
                          }},
                    request);
}

}  // namespace glovebox::devnsm
