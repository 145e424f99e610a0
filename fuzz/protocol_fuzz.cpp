// layers: base crypto protocol attestation receipt
// max_len: 8192
#include "property.h"
#include "protocol/body.h"
#include "protocol/challenge.h"
#include "protocol/refusal.h"
#include "protocol/release.h"
#include "protocol/release_call.h"
#include "protocol/release_policy.h"
#include "protocol/request.h"
#include "protocol/wrapped_key.h"
#include "receipt/disclosure.h"

// Whatever a document's parser takes is written back as the same bytes: no two byte strings mean the same, so a digest
// over one cannot be met by another. A body reads the same in pieces of any size. The first byte selects the kind.
using namespace glovebox;
using namespace glovebox::protocol;
using glovebox::fuzz::require;

namespace {
template <class T>
void document(View input) {
  const auto parsed = T::parse(input);
  if (!parsed) return;
  require(equal(parsed->encode(), input), "what was read is written as the same bytes");
}

void disclosure(View input) {
  const auto parsed = receipt::Disclosure::parse(input);
  if (!parsed) return;
  require(equal(parsed->encode().expose(), input), "what was read is written as the same bytes");
}

void refusal(View input) {
  const auto once = parse_refusal(input);
  if (!once) return;
  const auto twice = parse_refusal(encode_refusal(*once));
  require(twice && *twice == *once, "a refusal reads as it was written");
}

struct Collect : BodyHandler {
  Bytes all;
  std::uint8_t last = 0;
  Status add(std::uint8_t kind, View v) {
    if (kind < 3 || kind != last) all.push_back(kind);
    last = kind;
    all.insert(all.end(), v.begin(), v.end());
    return {};
  }
  Status parameters(View v) override { return add(1, v); }
  Status policy(View v) override { return add(2, v); }
  Status callable(View v) override { return add(4, v); }
  Status data(View v) override { return add(3, v); }
};

void body(View input) {
  Collect whole, pieces;
  BodyReader at_once(whole), slowly(pieces);
  const Status pushed = at_once.push(input);
  Status piece_pushed;
  for (std::size_t i = 0; i < input.size() && piece_pushed; ++i) piece_pushed = slowly.push(input.subspan(i, 1));
  require(pushed == piece_pushed, "pieces do not change whether a body is taken");
  require(at_once.finish() == slowly.finish(), "pieces do not change whether a body is whole");
  require(whole.all == pieces.all, "pieces do not change what is read");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const View input = View(data, size).subspan(1);
  switch (data[0] % 14) {
    case 0:
      document<Request>(input);
      break;
    case 1:
      document<Parameters>(input);
      break;
    case 2:
      document<ReleaseRules>(input);
      break;
    case 3:
      document<ReleasePolicy>(input);
      break;
    case 4:
      document<KeyStatement>(input);
      break;
    case 5:
      document<BrokerKeys>(input);
      break;
    case 6:
      document<WrappedKey>(input);
      break;
    case 7:
      document<Challenge>(input);
      break;
    case 8:
      document<ReleaseCall>(input);
      break;
    case 9:
      document<Release>(input);
      break;
    case 10:
      refusal(input);
      break;
    case 11:
      document<receipt::Receipt>(input);
      break;
    case 12:
      disclosure(input);
      break;
    default:
      body(input);
      break;
  }
  return 0;
}
