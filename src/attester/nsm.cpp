#include "attester/nsm.h"

#include <algorithm>

#include "attestation/nitro_document.h"
#include "base/secret.h"

namespace glovebox::attester {
namespace {
namespace nsm = attestation::nsm;
constexpr std::size_t extend_size_max = 512;

std::unexpected<Error> unexpected_answer(const nsm::Response& response, std::string_view to) {
  if (const auto* failure = std::get_if<nsm::Failure>(&response))
    return fail(Reject::platform_failed, std::string(nsm::name(*failure)), "an answer to " + std::string(to));
  return fail(Reject::platform_failed, "an answer to another request", "an answer to " + std::string(to));
}

std::optional<Bytes> field(View bytes) {
  if (bytes.empty()) return std::nullopt;
  return to_bytes(bytes);
}
}  // namespace

Result<nsm::Response> Nsm::ask(const nsm::Request& request) {
  const Bytes bytes = nsm::encode(request);
  if (bytes.size() > nsm::request_size_max)
    return fail(Reject::too_large, std::to_string(bytes.size()) + " bytes", "a request of at most 4096");
  const std::lock_guard lock(mutex_);
  GLOVEBOX_TRY(answer, transport_->exchange(bytes));
  auto response = nsm::parse_response(answer);
  if (!response) return fail(Reject::platform_failed, response.error().found, response.error().expected);
  return response;
}

Result<nsm::Description> Nsm::describe() {
  GLOVEBOX_TRY(response, ask(nsm::DescribeNsm{}));
  if (auto* found = std::get_if<nsm::Description>(&response)) return std::move(*found);
  return unexpected_answer(response, "DescribeNSM");
}

Result<nsm::PcrDescription> Nsm::describe_pcr(std::uint8_t index) {
  GLOVEBOX_TRY(response, ask(nsm::DescribePcr{index}));
  if (auto* found = std::get_if<nsm::PcrDescription>(&response)) return std::move(*found);
  return unexpected_answer(response, "DescribePCR");
}

Result<attestation::Pcr> Nsm::extend_pcr(std::uint8_t index, View data) {
  if (data.empty() || data.size() > extend_size_max)
    return fail(Reject::too_large, std::to_string(data.size()) + " bytes", "1 to 512 bytes for ExtendPCR");
  GLOVEBOX_TRY(response, ask(nsm::ExtendPcr{index, to_bytes(data)}));
  const auto* found = std::get_if<nsm::Extended>(&response);
  if (found == nullptr) return unexpected_answer(response, "ExtendPCR");
  auto value = fixed<48>(found->data);
  if (!value) return fail(Reject::platform_failed, value.error().found, value.error().expected);
  return *value;
}

Status Nsm::lock_pcr(std::uint8_t index) {
  GLOVEBOX_TRY(response, ask(nsm::LockPcr{index}));
  if (!std::holds_alternative<nsm::Locked>(response)) return unexpected_answer(response, "LockPCR");
  return {};
}

Status Nsm::lock_pcrs(std::uint8_t range) {
  GLOVEBOX_TRY(response, ask(nsm::LockPcrs{range}));
  if (!std::holds_alternative<nsm::LockedRange>(response)) return unexpected_answer(response, "LockPCRs");
  return {};
}

Status Nsm::random(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    GLOVEBOX_TRY(response, ask(nsm::GetRandom{}));
    auto* found = std::get_if<nsm::Random>(&response);
    if (found == nullptr || found->random.empty()) return unexpected_answer(response, "GetRandom");
    const EraseOnExit erased(found->random);
    const std::size_t size = std::min(out.size(), found->random.size());
    std::ranges::copy_n(found->random.begin(), static_cast<std::ptrdiff_t>(size), out.begin());
    out = out.subspan(size);
  }
  return {};
}

Result<Bytes> Nsm::attest(const Claims& claims) {
  const auto bounded = [](View bytes, std::size_t max, std::string_view what) -> Status {
    if (bytes.size() <= max) return {};
    return fail(Reject::too_large, std::string(what) + " of " + std::to_string(bytes.size()) + " bytes",
                "at most " + std::to_string(max));
  };
  GLOVEBOX_CHECK(bounded(claims.user_data, attestation::nitro_user_data_size_max, "user_data"));
  GLOVEBOX_CHECK(bounded(claims.nonce, attestation::nitro_nonce_size_max, "nonce"));
  GLOVEBOX_CHECK(bounded(claims.public_key, attestation::nitro_public_key_size_max, "public_key"));
  GLOVEBOX_TRY(response, ask(nsm::Attestation{.user_data = field(claims.user_data),
                                              .nonce = field(claims.nonce),
                                              .public_key = field(claims.public_key)}));
  if (auto* found = std::get_if<nsm::Attested>(&response)) return std::move(found->document);
  return unexpected_answer(response, "Attestation");
}

}  // namespace glovebox::attester
