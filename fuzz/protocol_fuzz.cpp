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

const crypto::SigningKey& key() {
  static const crypto::SigningKey it(Secret<32>(Array<32>{1}));
  return it;
}
const crypto::KemPrivate& wrapping_key() {
  static const auto it = crypto::KemPrivate::from_seed(crypto::Kem::x25519, Secret<32>(Array<32>{2}));
  return it;
}
KeyStatement statement() {
  return {.identity = key().public_key(),
          .version = 1,
          .key = wrapping_key().public_key(),
          .not_before = Time::from_seconds(1),
          .not_after = Time::from_seconds(2)};
}

// opens_alone: a document that was read can be signed, opens as what it was, and not with a byte changed.
template <class T, class Open>
void opens_alone(const T& document, Open open) {
  Bytes bytes = document.sign(key());
  const auto opened = open(bytes);
  require(opened && *opened == document, "what was signed opens as what it was");
  bytes.back() ^= 1;
  require(!open(bytes), "and with another signature it does not");
}
template <class T>
auto document_of() {
  return [](View bytes) -> Result<T> {
    GLOVEBOX_TRY(opened, T::open(bytes));
    return std::move(opened.document);
  };
}

void request(View input) {
  document<Request>(input);
  auto parsed = Request::parse(input);
  if (!parsed) return;
  require(check_time(*parsed, parsed->not_after).has_value(), "its time is until its end");
  require(!check_time(*parsed, parsed->not_after.plus_seconds(1)), "and no longer");
  parsed->requester = key().public_key();
  opens_alone(*parsed, document_of<Request>());
}

void policy(View input) {
  document<ReleasePolicy>(input);
  auto parsed = ReleasePolicy::parse(input);
  if (!parsed) return;
  parsed->owner = key().public_key();
  opens_alone(*parsed, document_of<ReleasePolicy>());
  const Bytes signed_policy = parsed->sign(key());
  const Secret<32> secret(Array<32>{7});
  const Digest core{3};
  const auto wrapped = WrappedKey::wrap(statement(), signed_policy, {key().public_key(), {4}, core, secret.copy()});
  if (!wrapped) return require(wrapped.error().reason == Reject::too_large, "what is small enough is wrapped");
  require(WrappedKey::parse(wrapped->encode()) == *wrapped, "what was wrapped is read");
  const auto digest = wrapped->policy_digest();
  require(digest == parsed->digest(), "a wrapped key names its policy");
  const auto share = wrapped->unwrap(wrapping_key(), *digest, core);
  require(share && share->share == secret && share->core_digest == core, "and opens for its envelope");
  require(!wrapped->unwrap(wrapping_key(), *digest, Digest{5}), "and for no other");
  require(!WrappedKey::wrap(statement(), signed_policy, {{}, {4}, core, secret.copy()}), "nor is it another owner's");
}

void wrapped_key(View input) {
  document<WrappedKey>(input);
  auto parsed = WrappedKey::parse(input);
  if (!parsed) return;
  require(parsed->digest({1}, {2}) != parsed->digest({2}, {1}), "a digest is of one policy and one core");
  parsed->kem = crypto::Kem::x25519;
  parsed->key_version = statement().key_version();
  require(!parsed->unwrap(wrapping_key(), {1}, {2}), "nothing that was not wrapped here opens");
}

void key_statement(View input) {
  document<KeyStatement>(input);
  auto parsed = KeyStatement::parse(input);
  if (!parsed) return;
  parsed->identity = key().public_key();
  opens_alone(*parsed, [](View bytes) { return KeyStatement::open(bytes, key().public_key()); });
  // A statement may say a time that is none; then the key is never good.
  const bool any = parsed->not_before <= parsed->not_after;
  require(parsed->check_time(parsed->not_before).has_value() == any &&
              !parsed->check_time(parsed->not_after.plus_seconds(1)),
          "a key is good in its time");
  const BrokerKeys both{.statements = {statement().sign(key()), parsed->sign(key()), Bytes{1}}};
  const auto newest = newest_key(both, key().public_key(), parsed->not_before);
  require(!any || newest.has_value(), "a key that is good is found");
  require(!any || newest->version >= parsed->version, "the newest key that is good is found");
}

void challenge(View input) {
  document<Challenge>(input);
  if (const auto parsed = Challenge::parse(input))
    opens_alone(*parsed, [](View bytes) { return Challenge::open(bytes, key().public_key()); });
}

void release(View input) {
  document<Release>(input);
  const auto parsed = Release::parse(input);
  if (!parsed) return;
  opens_alone(*parsed, [&](View bytes) { return Release::open(bytes, key().public_key(), parsed->context); });
  ReleaseContext other = parsed->context;
  other.request_digest[0] ^= 1;
  require(!Release::open(parsed->sign(key()), key().public_key(), other), "a release is for one request");
  require(!parsed->share(wrapping_key()), "nothing that was not sealed here opens");
  const Secret<32> secret(Array<32>{7});
  const auto sealed = Release::seal(parsed->context, parsed->release_id, parsed->time, parsed->use,
                                    wrapping_key().public_key(), secret);
  require(sealed && sealed->share(wrapping_key()) && sealed->share(wrapping_key()).value() == secret,
          "what was sealed opens");
}

void receipts(View input) {
  document<receipt::Receipt>(input);
  if (const auto parsed = receipt::Receipt::parse(input))
    opens_alone(*parsed, [](View bytes) { return receipt::Receipt::open(bytes, key().public_key()); });
}

void rules(View input) {
  document<ReleaseRules>(input);
  const auto parsed = ReleaseRules::parse(input);
  if (!parsed) return;
  const crypto::VerifyKey owner = key().public_key();
  require(parsed->check().has_value() && parsed->allows_purpose(parsed->purpose).has_value() &&
              !parsed->allows_purpose(parsed->purpose + "x") && parsed->allows_requester(owner, owner).has_value(),
          "rules allow what they name");
  require(parsed->allows_requester({}, owner).has_value() == std::ranges::contains(parsed->requesters, owner),
          "and whom they name");
  for (const OutputForm form : {OutputForm::score, OutputForm::table})
    require(parsed->allows_output(form).has_value() == std::ranges::contains(parsed->output_forms, form),
            "and the forms that they name");
  if (parsed->not_before)
    require(parsed->allows_time(*parsed->not_before).has_value() &&
                !parsed->allows_time(parsed->not_before->plus_seconds(-1)),
            "from their time on");
  if (parsed->not_after) require(!parsed->allows_time(parsed->not_after->plus_seconds(1)), "and until their end");
  if (parsed->maximum_uses)
    require(parsed->allows_use(*parsed->maximum_uses - 1).has_value() && !parsed->allows_use(*parsed->maximum_uses),
            "and so often");
  constexpr std::array<std::string_view, 3> types = {"live", "enclave", "hpke"};
  const auto enforced = [&](std::size_t type) { return check_enforceable(*parsed, std::span(types).subspan(type, 1)); };
  require(enforced(0).has_value() && !enforced(2), "a broker enforces all of it, nobody nothing");
  require(
      enforced(1).has_value() == (!parsed->not_before && !parsed->not_after && parsed->maximum_uses.value_or(1) == 1),
      "an enclave alone enforces one use");
}

void disclosure(View input) {
  const auto parsed = receipt::Disclosure::parse(input);
  if (!parsed) return;
  require(equal(parsed->encode().expose(), input), "what was read is written as the same bytes");
  receipt::Receipt about;
  const Bytes other = {1};
  receipt::fill_commitments(about, *parsed, Digest{1}, input, {});
  require(check_input(about, parsed->key_input, Digest{1}) && check_output(about, parsed->key_output, input) &&
              check_quality(about, parsed->key_quality, {}),
          "what was committed to is told by its key");
  require(!check_input(about, parsed->key_input, Digest{2}) && !check_output(about, parsed->key_output, other) &&
              !check_quality(about, parsed->key_quality, other),
          "and nothing else");
}

void refusal(View input) {
  const auto once = parse_refusal(input);
  if (!once) return;
  const auto twice = parse_refusal(encode_refusal(*once));
  require(twice && *twice == *once, "a refusal reads as it was written");
}

struct Collect : BodyHandler {
  Bytes all;
  std::array<Bytes, 5> by_kind;
  std::uint8_t last = 0;
  Status add(std::uint8_t kind, View v) {
    if (kind < 3 || kind != last) all.push_back(kind);
    last = kind;
    by_kind[kind].insert(by_kind[kind].end(), v.begin(), v.end());
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
  if (!at_once.finish()) return;
  Bytes again;
  BodyWriter out([&](View bytes) -> Status {
    again.insert(again.end(), bytes.begin(), bytes.end());
    return {};
  });
  const auto& [none, parameters, policy, data, callable] = whole.by_kind;
  require(out.parameters(parameters) && out.policy(policy) && out.callable(callable) && out.data(data) && out.end(),
          "what was read can be written");
  require(again.size() == body_size(parameters.size(), policy.size(), callable.size(), data.size()),
          "a body has the size that was told");
  Collect second;
  BodyReader reader(second);
  require(reader.push(again) && reader.finish() && second.by_kind == whole.by_kind, "and reads as the same");
  require(input_digest({1}, Digest{2}) != input_digest({1}, std::nullopt), "regions are part of the input");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const View input = View(data, size).subspan(1);
  switch (data[0] % 14) {
    case 0:
      request(input);
      break;
    case 1:
      document<Parameters>(input);
      break;
    case 2:
      rules(input);
      break;
    case 3:
      policy(input);
      break;
    case 4:
      key_statement(input);
      break;
    case 5:
      document<BrokerKeys>(input);
      break;
    case 6:
      wrapped_key(input);
      break;
    case 7:
      challenge(input);
      break;
    case 8:
      document<ReleaseCall>(input);
      break;
    case 9:
      release(input);
      break;
    case 10:
      refusal(input);
      break;
    case 11:
      receipts(input);
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
