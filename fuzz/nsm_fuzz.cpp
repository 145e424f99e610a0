// layers: devnsm
// max_len: 12288
// What an enclave and its module say to each other: what is read survives being written, and the virtual module answers
// any request with a response.
#include "attestation/nsm_messages.h"
#include "devnsm/virtual_nsm.h"
#include "property.h"

using namespace glovebox;
using fuzz::require;
namespace nsm = attestation::nsm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  static const Time now = Time::from_seconds(1'795'300'000);
  static const devnsm::TestRoot root = devnsm::TestRoot::create(now);
  static devnsm::VirtualNsm module(root, {{0, attestation::measure({})}}, [] { return now; });
  const auto request = nsm::parse_request(bytes);
  if (request) {
    const auto again = nsm::parse_request(nsm::encode(*request));
    require(again && *again == *request, "a request survives its encoding");
  }
  if (const auto response = nsm::parse_response(bytes)) {
    const auto again = nsm::parse_response(nsm::encode(*response));
    require(again && *again == *response, "a response survives its encoding");
  }
  const auto answer = nsm::parse_response(module.answer(bytes));
  require(answer.has_value(), "the module's answer is a response");
  if (!request) require(std::holds_alternative<nsm::Failure>(*answer), "what is no request gets an error");
  return 0;
}
