// tests/vectors/protocol: documents of docs/spec/request.md, each with at most one fault, the outcome and the kind in
// its name: NNN-OUTCOME-why.KIND. This file is also their generator (GLOVEBOX_WRITE_VECTORS=1); nothing in it is
// random.
#include <cstdlib>
#include <limits>
#include <map>

#include "protocol/answer.h"
#include "protocol/challenge.h"
#include "protocol/refusal.h"
#include "protocol/release.h"
#include "protocol/release_call.h"
#include "protocol/release_policy.h"
#include "protocol/request.h"
#include "protocol/slice.h"
#include "protocol/wrapped_key.h"
#include "receipt/disclosure.h"
#include "support.h"

namespace glovebox::receipt {
namespace {
using namespace protocol;

template <std::size_t N>
Array<N> filled(std::uint8_t first) {
  Array<N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<std::uint8_t>(first + i);
  return out;
}
std::filesystem::path folder() {
  return test::vectors() / "protocol";
}

crypto::SigningKey signer(std::uint8_t n) {
  return crypto::SigningKey(Secret<32>(filled<32>(n)));
}
crypto::KemPublic kem_key(std::uint8_t n) {
  return crypto::KemPrivate::from_seed(crypto::Kem::x25519, Secret<32>(filled<32>(n))).public_key();
}

// The keys under which the signed documents are to verify.
crypto::SigningKey owner() {
  return signer(1);
}
crypto::SigningKey broker() {
  return signer(2);
}
crypto::SigningKey enclave() {
  return signer(3);
}
const ReleaseContext context{filled<32>(10), filled<32>(11), filled<32>(12), filled<64>(13)};

// reason tells how a document of this kind is taken.
std::string reason(const std::string& kind, View in) {
  using test::reason_of;
  if (kind == "request") return reason_of(Request::open(in));
  if (kind == "parameters") return reason_of(Parameters::parse(in));
  if (kind == "rules") return reason_of(ReleaseRules::parse(in));
  if (kind == "policy") return reason_of(ReleasePolicy::open(in));
  if (kind == "statement") return reason_of(KeyStatement::open(in, broker().public_key()));
  if (kind == "keys") return reason_of(BrokerKeys::parse(in));
  if (kind == "wrapped_key") return reason_of(WrappedKey::parse(in));
  if (kind == "challenge") return reason_of(Challenge::open(in, broker().public_key()));
  if (kind == "call") return reason_of(ReleaseCall::parse(in));
  if (kind == "release") return reason_of(Release::open(in, broker().public_key(), context));
  if (kind == "refusal") return reason_of(parse_refusal(in));
  if (kind == "receipt") return reason_of(Receipt::open(in, enclave().public_key()));
  if (kind == "slice") return reason_of(parse_slice(in, filled<32>(22), 3));
  if (kind == "disclosure") return reason_of(Disclosure::parse(in));
  return "unknown kind " + kind;
}

Request a_request() {
  return {filled<16>(20),      filled<32>(21), filled<32>(22),
          filled<32>(23),      kem_key(24),    Time::from_seconds(1'800'000'000),
          owner().public_key()};
}
Parameters some_parameters() {
  return {.purpose = "risk-score",
          .sample = "NA12878",
          .input_kind = InputKind::wgs_vcf,
          .build = Build::grch38,
          .absence = Absence::homref,
          .dosage = DosageField::ds,
          .sex = Sex::female,
          .min_gq = 20,
          .match_log = true,
          .values = {{"age", 54.0}, {"smoker", "never"}},
          .rows_class = 5};
}
ReleaseRules some_rules() {
  return {.purpose = "risk-score",
          .not_before = Time::from_seconds(1'700'000'000),
          .not_after = Time::from_seconds(1'900'000'000),
          .maximum_uses = 10,
          .output_forms = {OutputForm::score},
          .requesters = {signer(4).public_key()}};
}
ReleasePolicy a_policy() {
  return {owner().public_key(), Bytes{0x80}, some_rules()};
}
KeyStatement a_statement() {
  return {broker().public_key(),
          1,
          kem_key(25),
          Time::from_seconds(1'700'000'000),
          Time::from_seconds(1'900'000'000),
          true};
}
WrappedKey a_wrapped_key() {
  return {broker().public_key(), a_statement().key_version(),
          crypto::Kem::x25519,   a_policy().sign(owner()),
          Bytes(32, 1),          Bytes(144, 2)};
}
Challenge a_challenge() {
  return {filled<32>(10), Time::from_seconds(1'800'000'060)};
}
Release a_release() {
  return {context,      filled<16>(26), Time::from_seconds(1'800'000'000), 1, crypto::Kem::x25519,
          Bytes(32, 1), Bytes(48, 2)};
}
Receipt a_receipt() {
  Receipt out;
  out.request_digest = a_request().digest();
  out.parameters_digest = some_parameters().digest();
  out.model_digest = filled<32>(22);
  out.policy_digest = a_policy().digest();
  out.release = ReleaseProof{broker().public_key(), filled<16>(26), Time::from_seconds(1'800'000'000), 1};
  out.time = {1'800'000'000'000};
  out.leakage = "size class 2^16";
  out.development = true;
  return out;
}
Bytes a_slice(SliceKind kind, std::uint8_t model) {
  const std::vector<SliceRecord> records = {{.number = 1'000'000, .alleles = 2, .how = 0},
                                            {.number = 0xffffffff, .how = 7},
                                            {.number = 0x42580000, .how = 15}};
  const SecretBytes made = encode_slice(kind, filled<32>(model), records).value();
  return to_bytes(made.expose());
}
Bytes flipped(Bytes in) {
  in.back() ^= 1;
  return in;
}

std::map<std::string, Bytes> make_all() {
  std::map<std::string, Bytes> out;
  const ReleaseCall call{a_challenge().sign(broker()), a_request().sign(owner()), Bytes(50, 1),
                         a_wrapped_key().encode(), Bytes(60, 2)};
  const Disclosure keys{Secret<32>(filled<32>(30)), Secret<32>(filled<32>(31)), Secret<32>(filled<32>(32))};
  out["000-accept-request.request"] = a_request().sign(owner());
  out["001-accept-parameters.parameters"] = some_parameters().encode();
  out["002-accept-rules.rules"] = some_rules().encode();
  out["003-accept-policy.policy"] = a_policy().sign(owner());
  out["004-accept-statement.statement"] = a_statement().sign(broker());
  out["005-accept-keys.keys"] = BrokerKeys{{a_statement().sign(broker())}}.encode();
  out["006-accept-wrapped-key.wrapped_key"] = a_wrapped_key().encode();
  out["007-accept-challenge.challenge"] = a_challenge().sign(broker());
  out["008-accept-call.call"] = call.encode();
  out["009-accept-release.release"] = a_release().sign(broker());
  out["010-accept-refusal.refusal"] = encode_refusal({Reject::uses_exhausted, "10 uses", "at most 10"});
  out["011-accept-receipt.receipt"] = a_receipt().sign(enclave());
  out["012-accept-disclosure.disclosure"] = to_bytes(keys.encode().expose());
  out["013-accept-hard.slice"] = a_slice(SliceKind::hard, 22);
  out["014-accept-fractional.slice"] = a_slice(SliceKind::fractional, 22);
  out["015-accept-of-a-slice.parameters"] = slice_parameters("risk-score").encode();

  out["100-request_unauthentic-signature-changed.request"] = flipped(a_request().sign(owner()));
  out["101-request_unauthentic-signed-by-another.request"] = a_request().sign(broker());
  out["102-version_unsupported-a-policy.request"] = a_policy().sign(owner());
  out["103-truncated-cut.request"] = to_bytes(View(a_request().sign(owner())).first(150));
  out["104-trailing_bytes-one-more.request"] = concat({a_request().sign(owner()), Bytes{0}});

  Parameters unsorted = some_parameters();
  Bytes swapped = unsorted.encode();
  const auto at = text_of(swapped).find("cage");  // "age" with its head, made to come after "smoker"
  swapped[at + 1] = 'z';
  const auto signed_by_owner = [](const cbor::Writer& payload, std::string_view label = request_label) {
    return crypto::sign_document(owner(), payload.view(), label);
  };
  const auto asking = [](std::string_view label, std::size_t id, std::uint64_t kem, std::size_t key) {
    cbor::Writer w;
    w.document(label, 9).bstr(Bytes(id, 20)).bstr(Array<32>{}).bstr(Array<32>{}).bstr(Array<32>{});
    return std::move(w.uint(kem).bstr(Bytes(key, 9)));
  };
  const auto requester = owner().public_key().bytes;
  const std::uint64_t later = 1'800'000'000;
  out["105-malformed-request-id-of-15-bytes.request"] =
      signed_by_owner(asking(request_label, 15, 0x20, 32).uint(later).bstr(requester));
  out["106-type_unsupported-result-key-of-another-kem.request"] =
      signed_by_owner(asking(request_label, 16, 0x21, 32).uint(later).bstr(requester));
  out["107-key_invalid-result-key-of-31-bytes.request"] =
      signed_by_owner(asking(request_label, 16, 0x20, 31).uint(later).bstr(requester));
  out["108-too_large-time-beyond-the-year-9999.request"] =
      signed_by_owner(asking(request_label, 16, 0x20, 32).uint(253'402'300'800).bstr(requester));
  out["109-version_unsupported-request-v2.request"] =
      signed_by_owner(asking("glovebox request v2", 16, 0x20, 32).uint(later).bstr(requester));
  out["10a-malformed-time-as-text.request"] =
      signed_by_owner(asking(request_label, 16, 0x20, 32).tstr("tomorrow").bstr(requester));
  out["10b-trailing_bytes-in-what-is-signed.request"] =
      signed_by_owner(asking(request_label, 16, 0x20, 32).uint(later).bstr(requester).null());
  out["10c-request_unauthentic-signed-as-a-policy.request"] =
      signed_by_owner(asking(request_label, 16, 0x20, 32).uint(later).bstr(requester), release_policy_label);
  out["10d-malformed-unprotected-header.request"] = [&] {
    Bytes changed = a_request().sign(owner());  // 84 43 a1 01 27 a0: the empty map becomes {1: 1}
    changed[5] = 0xa1;
    changed.insert(changed.begin() + 6, {1, 1});
    return changed;
  }();
  out["10e-malformed-tagged.request"] = concat({Bytes{0xd2}, a_request().sign(owner())});
  out["10f-too_large-five-kilobytes.request"] = Bytes(5000, 0x80);

  out["110-malformed-values-out-of-order.parameters"] = swapped;
  Bytes word = unsorted.encode();
  word[text_of(word).find("GRCh38") + 5] = '9';
  out["111-malformed-unknown-build.parameters"] = word;
  Bytes not_a_number = unsorted.encode();
  const auto number = text_of(not_a_number).find("cage") + 5;
  not_a_number[number] = 0x7f, not_a_number[number + 1] = 0xf8;
  out["112-malformed-not-a-number.parameters"] = not_a_number;

  const auto parameters_with = [](std::string_view input, std::uint64_t rows_class, std::size_t salt) {
    cbor::Writer w;
    w.document(parameters_label, 18).tstr(input).tstr("risk-score").tstr("score").null().null().null().null();
    w.tstr("GT").null().null().boolean(false).null().null().boolean(false).array(0);
    return w.uint(rows_class).bstr(Bytes(salt, 1)).take();
  };
  out["113-malformed-input-of-another-name.parameters"] = parameters_with("genome", 0, 32);
  out["114-malformed-rows-for-one-score.parameters"] = parameters_with("vcf", 3, 32);
  out["115-too_large-rows-class-17.parameters"] = parameters_with("vcf", 17, 32);
  out["116-malformed-salt-of-31-bytes.parameters"] = parameters_with("vcf", 0, 31);
  Parameters twice = some_parameters();
  twice.values = {{"age", 1.0}, {"age", 2.0}};
  out["117-malformed-value-twice.parameters"] = twice.encode();
  Parameters many = some_parameters();
  many.values.clear();
  for (int i = 0; i < 513; ++i) many.values.push_back({"v" + std::to_string(1000 + i), 1.0});
  out["118-too_large-513-values.parameters"] = many.encode();
  Parameters infinite = some_parameters();
  infinite.values = {{"age", std::numeric_limits<double>::infinity()}};
  out["119-malformed-infinite.parameters"] = infinite.encode();
  Bytes sex = unsorted.encode();
  sex[text_of(sex).find("female")] = 'F';
  out["11a-malformed-unknown-sex.parameters"] = sex;
  Parameters table = some_parameters();
  table.output_form = OutputForm::table;
  out["11b-malformed-match-log-of-a-table.parameters"] = table.encode();
  Parameters deep = some_parameters();
  deep.min_dp = minimum_max + 1;
  out["11c-too_large-least-depth.parameters"] = deep.encode();

  Parameters named = slice_parameters("risk-score");
  named.sample = "NA12878";
  out["11d-malformed-sample-beside-a-slice.parameters"] = named.encode();

  Parameters everybody = some_parameters();
  everybody.sample.reset();
  everybody.match_log = false;
  everybody.all_samples = true;
  everybody.output_form = OutputForm::table;
  everybody.rows_class = 12;
  out["016-accept-all-samples.parameters"] = everybody.encode();
  everybody.output_form = OutputForm::score;
  everybody.rows_class = 0;
  out["11e-malformed-all-samples-for-one-score.parameters"] = everybody.encode();

  const Bytes slice = a_slice(SliceKind::hard, 22);
  const auto slice_with = [&slice](std::size_t place, std::uint8_t byte) {
    Bytes changed = slice;
    changed[place] = byte;
    return changed;
  };
  out["160-version_unsupported-v2.slice"] = slice_with(16, '2');
  out["161-malformed-kind-2.slice"] = slice_with(18, 2);
  out["162-malformed-reserved-byte.slice"] = slice_with(19, 1);
  out["163-malformed-of-four-features.slice"] = slice_with(20, 4);
  out["164-request_mismatch-of-another-model.slice"] = a_slice(SliceKind::hard, 23);
  out["165-truncated-inside-the-head.slice"] = to_bytes(View(slice).first(50));
  out["166-truncated-inside-a-record.slice"] = to_bytes(View(slice).first(slice.size() - 1));
  out["167-trailing_bytes-a-record-more.slice"] = concat({slice, Bytes(8)});

  ReleaseRules rules = some_rules();
  rules.purpose.clear();
  out["120-policy_empty-no-purpose.rules"] = rules.encode();
  rules = some_rules();
  rules.output_forms.clear();
  out["121-policy_empty-no-output-form.rules"] = rules.encode();
  rules = some_rules();
  rules.maximum_uses = 0;
  out["122-policy_invalid-no-uses.rules"] = rules.encode();
  rules = some_rules();
  rules.not_after = Time::from_seconds(1);
  out["123-policy_invalid-ends-before-it-begins.rules"] = rules.encode();
  rules = some_rules();
  rules.requesters.assign(2, signer(4).public_key());
  out["124-not_deterministic-requester-twice.rules"] = rules.encode();
  out["125-request_unauthentic-policy-signed-by-another.policy"] = a_policy().sign(broker());

  rules = some_rules();
  rules.maximum_uses = 1'000'001;
  out["126-too_large-uses-beyond-a-million.rules"] = rules.encode();
  out["127-policy_invalid-form-of-another-name.rules"] = [] {
    cbor::Writer w;
    w.document(release_rules_label, 7).tstr("risk-score").null().null().null().array(1).tstr("genome").array(0);
    return w.take();
  }();
  out["128-trailing_bytes-one-more.rules"] = concat({some_rules().encode(), Bytes{0}});
  out["129-truncated-cut.policy"] = to_bytes(View(a_policy().sign(owner())).first(100));

  out["130-broker_unknown-signed-by-another.statement"] = a_statement().sign(owner());
  KeyStatement other = a_statement();
  other.identity = owner().public_key();
  out["131-broker_unknown-names-another.statement"] = other.sign(broker());
  Bytes kem = a_wrapped_key().encode();
  kem[1 + 24 + 2 * 34 + 1] = 0x21;  // array, label, broker, key_version, the KEM's head
  out["132-type_unsupported-unknown-kem.wrapped_key"] = kem;

  Bytes shorter = a_statement().sign(broker());
  shorter.pop_back();
  out["133-truncated-cut.statement"] = shorter;
  out["134-too_large-65-statements.keys"] = BrokerKeys{std::vector<Bytes>(65, Bytes{0x80})}.encode();
  out["135-truncated-cut.wrapped_key"] = to_bytes(View(a_wrapped_key().encode()).first(80));
  out["136-trailing_bytes-one-more.wrapped_key"] = concat({a_wrapped_key().encode(), Bytes{0}});

  out["140-challenge_unknown-signed-by-another.challenge"] = a_challenge().sign(owner());
  out["141-challenge_unknown-a-release.challenge"] = a_release().sign(broker());
  out["142-release_unauthentic-signed-by-another.release"] = a_release().sign(owner());
  out["143-release_unauthentic-a-challenge.release"] = a_challenge().sign(broker());
  Release moved = a_release();
  moved.context.challenge_nonce[0] ^= 1;
  out["144-release_unauthentic-of-another-challenge.release"] = moved.sign(broker());
  const Bytes claim{0x5a, 0x00, 0x03, 0x00, 0x00};  // the head of a byte string of 196,608 bytes
  out["145-too_large-claims-much.call"] = concat({cbor::Writer().document(release_call_label, 6).view(), claim});

  out["146-truncated-cut.call"] = to_bytes(View(call.encode()).first(200));
  out["147-trailing_bytes-one-more.call"] = concat({call.encode(), Bytes{0}});
  out["148-truncated-cut.refusal"] =
      to_bytes(View(encode_refusal({Reject::uses_exhausted, "10 uses", "at most 10"})).first(40));
  out["149-release_unauthentic-signature-changed.release"] = flipped(a_release().sign(broker()));

  out["150-receipt_invalid-signed-by-another.receipt"] = a_receipt().sign(broker());
  out["151-receipt_invalid-signature-changed.receipt"] = flipped(a_receipt().sign(enclave()));
  out["152-truncated-two-keys.disclosure"] = to_bytes(keys.encode().expose().first(90));
  out["153-trailing_bytes-one-more.receipt"] = concat({a_receipt().sign(enclave()), Bytes{0}});
  out["154-trailing_bytes-one-more.disclosure"] = concat({keys.encode().expose(), Bytes{0}});
  return out;
}

// What fuzz/protocol_fuzz.cpp selects by its first byte.
std::uint8_t selector(const std::string& kind) {
  static const std::vector<std::string> kinds{"request", "parameters",  "rules",     "policy", "statement",
                                              "keys",    "wrapped_key", "challenge", "call",   "release",
                                              "refusal", "receipt",     "disclosure"};
  return static_cast<std::uint8_t>(std::ranges::find(kinds, kind) - kinds.begin());
}

void write_all() {
  const auto corpus = test::vectors().parent_path().parent_path() / "fuzz/corpus/protocol";
  std::filesystem::create_directories(folder());
  std::filesystem::create_directories(corpus);
  for (const auto& [name, bytes] : make_all()) {
    ASSERT_TRUE(write_file(folder() / name, bytes));
    if (bytes.size() > 4000) continue;
    const std::string kind = std::filesystem::path(name).extension().string().substr(1);
    const Bytes seed = concat({Bytes{selector(kind)}, bytes});
    ASSERT_TRUE(write_file(corpus / name, seed));
    // The fuzzer cannot make a signature: seeds of the payloads alone reach what lies behind it.
    if (const auto cose = crypto::parse_cose_sign1_unverified(bytes, cbor::Form::strict)) {
      ASSERT_TRUE(write_file(corpus / (name + "-payload"), concat({Bytes{selector(kind)}, cose->payload})));
    }
  }
  const Bytes body{1, 0, 0, 0, 2, 7, 7, 2, 0, 0, 0, 1, 9, 3, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0, 0, 0};
  ASSERT_TRUE(write_file(corpus / "body", concat({Bytes{13}, body})));
  const Bytes callable{1, 0, 0, 0, 0, 4, 0, 0, 0, 2, 6, 6, 4, 0, 0, 0, 1, 5, 3, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0};
  ASSERT_TRUE(write_file(corpus / "body-with-callable-regions", concat({Bytes{13}, callable})));
}

TEST(ProtocolVectors, AreWhatTheGeneratorMakes) {
  if (std::getenv("GLOVEBOX_WRITE_VECTORS")) write_all();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder()))
    if (entry.path().extension() != ".md") ++files;
  EXPECT_EQ(files, make_all().size());
  for (const auto& [name, bytes] : make_all()) EXPECT_TRUE(test::read(folder() / name) == bytes) << name;
}

TEST(ProtocolVectors, HaveTheNamedOutcome) {
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".md") continue;
    const std::string name = entry.path().stem().string();
    std::string wanted = name.substr(4, name.find('-', 4) - 4);
    if (wanted == "accept") wanted = "accepted";
    EXPECT_EQ(reason(entry.path().extension().string().substr(1), test::read(entry.path())), wanted) << name;
  }
}
}  // namespace
}  // namespace glovebox::receipt
