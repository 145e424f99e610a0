// Parameters, release rules, the body's records and the answer: what is accepted, and what is refused by name.
#include "protocol/parameters.h"

#include <cmath>
#include <random>

#include "base/reader.h"
#include "protocol/answer.h"
#include "protocol/body.h"
#include "protocol/release_rules.h"
#include "support.h"

namespace glovebox::protocol {
namespace {
using test::reason_of;

struct Words {
  std::string input = "vcf", form = "score", kind = "gvcf", build = "GRCh38", absence = "missing";
  std::string dosage = "GT", sex = "male", x_male = "double";
  std::uint64_t min_gq = 20;
  bool match_log = false;
};
Bytes parameters_with(const Words& w, const std::function<void(cbor::Writer&)>& values, std::uint64_t rows = 0) {
  cbor::Writer out;
  out.document(parameters_label, 18).tstr(w.input).tstr("p").tstr(w.form).null().tstr(w.kind).tstr(w.build);
  out.tstr(w.absence).tstr(w.dosage).tstr(w.sex).tstr(w.x_male).boolean(true).uint(w.min_gq).null();
  out.boolean(w.match_log);
  values(out);
  return out.uint(rows).bstr(Array<32>{}).take();
}

TEST(Parameters, RefusesByName) {
  const auto none = [](cbor::Writer& out) { out.array(0); };
  EXPECT_TRUE(Parameters::parse(parameters_with({}, none)));
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.input = "bam"}, none))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.form = "picture"}, none))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.kind = "vcf"}, none))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.build = "hg19"}, none))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.absence = ""}, none))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({}, none, 1))), "malformed");  // rows of one score
  EXPECT_TRUE(Parameters::parse(parameters_with({.form = "table"}, none, 16)));
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.form = "table"}, none, 17))), "too_large");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.dosage = "PL"}, none))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.sex = "1"}, none))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.x_male = "2"}, none))), "malformed");
  EXPECT_TRUE(Parameters::parse(parameters_with({.min_gq = 1'000'000}, none)));
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.min_gq = 1'000'001}, none))), "too_large");
  EXPECT_TRUE(Parameters::parse(parameters_with({.match_log = true}, none, 16)));
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.form = "table", .match_log = true}, none, 4))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({.input = "values", .match_log = true}, none))), "malformed");
  const auto value = [](std::string name, double number) {
    return [=](cbor::Writer& out) { out.array(1).array(2).tstr(name).float64(number); };
  };
  EXPECT_TRUE(Parameters::parse(parameters_with({}, value("age", 54))));
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({}, value("age", NAN)))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({}, value("age", INFINITY)))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({}, value(std::string(129, 'x'), 1)))), "too_large");
  const auto two = [](std::string a, std::string b) {
    return [=](cbor::Writer& out) { out.array(2).array(2).tstr(a).float64(1).array(2).tstr(b).tstr("x"); };
  };
  EXPECT_TRUE(Parameters::parse(parameters_with({}, two("a", "b"))));
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({}, two("b", "a")))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({}, two("a", "a")))), "malformed");
  EXPECT_EQ(reason_of(Parameters::parse(parameters_with({}, [](cbor::Writer& out) { out.array(513); }))), "too_large");
}

TEST(Parameters, EncodeSortsSoThatOrderDoesNotMatter) {
  Parameters a{.purpose = "p", .values = {{"b", 1.0}, {"a", "x"}}};
  Parameters b{.purpose = "p", .values = {{"a", "x"}, {"b", 1.0}}};
  EXPECT_EQ(a.digest(), b.digest());
  EXPECT_EQ(Parameters::parse(a.encode()).value(), b);
}

TEST(Parameters, EveryFieldIsWrittenAndChangesTheDigest) {
  const Parameters base{.purpose = "p"};
  const auto differs = [&](auto change) {
    Parameters p = base;
    change(p);
    EXPECT_NE(p.digest(), base.digest());
    EXPECT_EQ(Parameters::parse(p.encode()).value(), p);
  };
  for (auto v : {DosageField::ds, DosageField::gp}) differs([&](Parameters& p) { p.dosage = v; });
  for (auto v : {Sex::female, Sex::male}) differs([&](Parameters& p) { p.sex = v; });
  for (auto v : {MaleX::single, MaleX::doubled}) differs([&](Parameters& p) { p.x_male = v; });
  differs([](Parameters& p) { p.flip = true; });
  for (std::uint32_t v : {0U, 20U, minimum_max}) {
    differs([&](Parameters& p) { p.min_gq = v; });
    differs([&](Parameters& p) { p.min_dp = v; });
  }
  differs([](Parameters& p) { p.match_log = true; });
  differs([](Parameters& p) {
    p.output_form = OutputForm::table;
    p.all_samples = true;
  });
  EXPECT_NE((Parameters{.purpose = "p", .min_gq = 1}).digest(), (Parameters{.purpose = "p", .min_dp = 1}).digest());
}

TEST(Parameters, AllSamplesAreATableOfAVcf) {
  const Parameters all{.purpose = "p", .output_form = OutputForm::table, .all_samples = true, .rows_class = 12};
  EXPECT_EQ(Parameters::parse(all.encode()).value(), all);
  for (const auto form : {OutputForm::score, OutputForm::table})
    for (const auto input : {Input::vcf, Input::table, Input::values, Input::slice}) {
      Parameters other = all;
      other.output_form = form;
      other.input = input;
      other.rows_class = 0;
      const bool good = form == OutputForm::table && input == Input::vcf;
      EXPECT_EQ(reason_of(Parameters::parse(other.encode())), good ? "accepted" : "malformed");
    }
  Bytes said_false = all.encode();
  const auto at = std::ranges::find(said_false, 0xf5);  // true
  ASSERT_NE(at, said_false.end());
  *at = 0xf4;
  EXPECT_EQ(reason_of(Parameters::parse(said_false)), "malformed");
}

// The digest stands in the request, which the host reads: one value of an age must have more digests than can be tried.
TEST(Parameters, ADigestIsOfTheSaltToo) {
  Parameters one{.purpose = "p", .values = {{"age", 54.0}}, .salt = {1}};
  Parameters two = one;
  two.salt[31] = 1;
  EXPECT_NE(one.digest(), two.digest());
  EXPECT_EQ(Parameters::parse(two.encode()).value(), two);
  Bytes short_salt = one.encode();
  short_salt.erase(short_salt.end() - 32);
  EXPECT_EQ(reason_of(Parameters::parse(short_salt)), "truncated");
}

TEST(Parameters, WordsAreTheirOwnInverse) {
  for (auto v : {InputKind::wgs_vcf, InputKind::gvcf, InputKind::array_imputed, InputKind::panel})
    EXPECT_EQ(input_kind_from_name(name(v)), v);
  for (auto v : {Absence::homref, Absence::missing, Absence::frequency}) EXPECT_EQ(absence_from_name(name(v)), v);
  for (auto v : {Build::grch37, Build::grch38}) EXPECT_EQ(build_from_name(name(v)), v);
  for (auto v : {DosageField::gt, DosageField::ds, DosageField::gp}) EXPECT_EQ(dosage_field_from_name(name(v)), v);
  for (auto v : {Sex::female, Sex::male}) EXPECT_EQ(sex_from_name(name(v)), v);
  for (auto v : {MaleX::single, MaleX::doubled}) EXPECT_EQ(male_x_from_name(name(v)), v);
  for (auto v : {Input::vcf, Input::table, Input::values}) EXPECT_EQ(input_from_name(name(v)), v);
  for (auto v : {OutputForm::score, OutputForm::table}) EXPECT_EQ(output_form_from_name(name(v)), v);
  EXPECT_EQ(input_from_name("VCF"), std::nullopt);
}

TEST(Parameters, RowsClass) {
  EXPECT_EQ(rows_class_for(1).value(), 0U);
  EXPECT_EQ(rows_class_for(2).value(), 1U);
  EXPECT_EQ(rows_class_for(5).value(), 3U);
  EXPECT_EQ(rows_class_for(65536).value(), 16U);
  EXPECT_EQ(reason_of(rows_class_for(65537)), "too_large");
}

Bytes rules_with(std::string_view purpose, std::uint64_t uses, const std::vector<std::string>& forms,
                 const std::vector<crypto::VerifyKey>& requesters, std::optional<std::uint64_t> before = {},
                 std::optional<std::uint64_t> after = {}) {
  cbor::Writer out;
  out.document(release_rules_label, 7).tstr(purpose);
  for (const auto& t : {before, after}) {
    if (t) {
      out.uint(*t);
    } else {
      out.null();
    }
  }
  out.uint(uses).array(forms.size());
  for (const auto& form : forms) out.tstr(form);
  out.array(requesters.size());
  for (const auto& key : requesters) out.bstr(key.bytes);
  return out.take();
}

TEST(ReleaseRules, RefusesByName) {
  const crypto::VerifyKey a{{1}}, b{{2}};
  EXPECT_TRUE(ReleaseRules::parse(rules_with("p", 1, {"score", "table"}, {a, b}, 5, 6)));
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("", 1, {"score"}, {}))), "policy_empty");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 1, {}, {}))), "policy_empty");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 0, {"score"}, {}))), "policy_invalid");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 1'000'001, {"score"}, {}))), "too_large");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 1, {"picture"}, {}))), "policy_invalid");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 1, {"table", "score"}, {}))), "not_deterministic");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 1, {"score", "score"}, {}))), "not_deterministic");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 1, {"score"}, {b, a}))), "not_deterministic");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 1, {"score"}, {a, a}))), "not_deterministic");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 1, {"score"}, {}, 6, 5))), "policy_invalid");
  EXPECT_EQ(reason_of(ReleaseRules::parse(rules_with("p", 1, {"score"}, {}, seconds_max + 1))), "too_large");
  EXPECT_EQ(reason_of(ReleaseRules{.purpose = "p", .output_forms = {OutputForm::score, OutputForm::score}}.check()),
            "policy_invalid");
}

TEST(ReleaseRules, AllowWhatTheySay) {
  const crypto::VerifyKey owner{{1}}, named{{2}}, other{{3}};
  ReleaseRules rules{.purpose = "p",
                     .not_before = Time::from_seconds(100),
                     .not_after = Time::from_seconds(200),
                     .maximum_uses = 2,
                     .output_forms = {OutputForm::score},
                     .requesters = {named}};
  EXPECT_EQ(reason_of(rules.allows_time(Time::from_seconds(99))), "not_yet_valid");
  EXPECT_TRUE(rules.allows_time(Time::from_seconds(100)));
  EXPECT_TRUE(rules.allows_time(Time::from_seconds(200)));
  EXPECT_EQ(reason_of(rules.allows_time(Time::from_seconds(201))), "expired");
  EXPECT_TRUE(rules.allows_purpose("p"));
  EXPECT_EQ(reason_of(rules.allows_purpose("P")), "purpose_not_allowed");
  EXPECT_TRUE(rules.allows_output(OutputForm::score));
  EXPECT_EQ(reason_of(rules.allows_output(OutputForm::table)), "output_not_allowed");
  EXPECT_TRUE(rules.allows_requester(owner, owner));
  EXPECT_TRUE(rules.allows_requester(owner, named));
  EXPECT_EQ(reason_of(rules.allows_requester(owner, other)), "requester_not_allowed");
  EXPECT_TRUE(rules.allows_use(1));
  EXPECT_EQ(reason_of(rules.allows_use(2)), "uses_exhausted");
  rules.maximum_uses.reset();
  EXPECT_TRUE(rules.allows_use(1'000'000'000));
}

TEST(ReleaseRules, SealingRefusesWhatNothingEnforces) {
  const auto reason = [](const ReleaseRules& rules, std::vector<std::string_view> stanzas) {
    return reason_of(check_enforceable(rules, stanzas));
  };
  ReleaseRules rules{.purpose = "p", .output_forms = {OutputForm::score}};
  EXPECT_EQ(reason(rules, {"live"}), "accepted");
  EXPECT_EQ(reason(rules, {"enclave"}), "accepted");
  EXPECT_EQ(reason(rules, {"hpke"}), "policy_unenforceable");
  EXPECT_EQ(reason(rules, {}), "policy_unenforceable");
  rules.maximum_uses = 1;
  EXPECT_EQ(reason(rules, {"enclave"}), "accepted");
  rules.maximum_uses = 2;
  EXPECT_EQ(reason(rules, {"enclave", "hpke"}), "policy_unenforceable");
  EXPECT_EQ(reason(rules, {"enclave", "broker"}), "accepted");
  rules.maximum_uses.reset();
  rules.not_before = Time::from_seconds(1);
  EXPECT_EQ(reason(rules, {"enclave"}), "policy_unenforceable");
  EXPECT_EQ(reason(rules, {"live"}), "accepted");
  rules.not_before.reset();
  rules.not_after = Time::from_seconds(1);
  EXPECT_EQ(reason(rules, {"enclave"}), "policy_unenforceable");
}

struct Collect : BodyHandler {
  Bytes parameters_seen, policy_seen, callable_seen, data_seen;
  int policies = 0;
  Status parameters(View v) override { return parameters_seen = to_bytes(v), Status{}; }
  Status policy(View v) override { return ++policies, policy_seen = to_bytes(v), Status{}; }
  Status callable(View v) override { return callable_seen.insert(callable_seen.end(), v.begin(), v.end()), Status{}; }
  Status data(View v) override { return data_seen.insert(data_seen.end(), v.begin(), v.end()), Status{}; }
};

Status read_body(View body, BodyHandler& handler, std::size_t piece = SIZE_MAX) {
  BodyReader reader(handler);
  while (!body.empty()) {
    const View part = body.first(std::min(piece, body.size()));
    GLOVEBOX_CHECK(reader.push(part));
    body = body.subspan(part.size());
  }
  return reader.finish();
}

Bytes written(const std::function<void(BodyWriter&)>& write) {
  Bytes out;
  BodyWriter writer([&](View v) -> Status { return out.insert(out.end(), v.begin(), v.end()), Status{}; });
  write(writer);
  return out;
}

TEST(Body, RoundTripsInPiecesOfAnySize) {
  const Bytes parameters(300, 1), policy(70'000, 2), callable(65'537, 4);
  Bytes data(200'000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  Bytes body = written([&](BodyWriter& w) {
    ASSERT_TRUE(w.parameters(parameters));
    ASSERT_TRUE(w.policy(policy));
    ASSERT_TRUE(w.callable(callable));
    ASSERT_TRUE(w.data(data));
    ASSERT_TRUE(w.end());
  });
  EXPECT_EQ(body.size(), body_size(parameters.size(), policy.size(), callable.size(), data.size()));
  body.resize(1 << 19);  // padding
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{65536}, SIZE_MAX}) {
    Collect got;
    ASSERT_TRUE(read_body(body, got, piece));
    EXPECT_EQ(got.parameters_seen, parameters);
    EXPECT_EQ(got.policy_seen, policy);
    EXPECT_EQ(got.policies, 1);
    EXPECT_EQ(got.callable_seen, callable);
    EXPECT_EQ(got.data_seen, data);
  }
}

TEST(Body, LeastBodies) {
  Collect got;
  const Bytes body = written([](BodyWriter& w) { (void)w.parameters({}), (void)w.end(); });
  EXPECT_EQ(body.size(), body_size(0, 0, 0, 0));
  EXPECT_TRUE(read_body(body, got));
  EXPECT_EQ(got.policies, 0);
  for (std::size_t size = 0; size < body.size(); ++size) {
    Collect c;
    EXPECT_EQ(reason_of(read_body(View(body).first(size), c)), "truncated") << size;
  }
}

Bytes record(std::uint8_t type, std::uint32_t size, View bytes) {
  return Writer().u8(type).u32be(size).bytes(bytes).take();
}

TEST(Body, RefusesByName) {
  const Bytes p = record(1, 1, Bytes{1}), pol = record(2, 1, Bytes{2}), d = record(3, 1, Bytes{3}),
              c = record(4, 1, Bytes{4}), e = record(0, 0, {});
  const auto reason = [](std::initializer_list<View> parts) {
    Collect c1;
    const Bytes body = concat(parts);
    const std::string whole = reason_of(read_body(body, c1));
    Collect c2;
    EXPECT_EQ(reason_of(read_body(body, c2, 1)), whole);
    return whole;
  };
  EXPECT_EQ(reason({p, pol, d, d, e, Bytes(9)}), "accepted");
  EXPECT_EQ(reason({p, pol, d}), "truncated");
  EXPECT_EQ(reason({}), "truncated");
  EXPECT_EQ(reason({d, e}), "malformed");
  EXPECT_EQ(reason({e}), "malformed");
  EXPECT_EQ(reason({pol, p, e}), "malformed");
  EXPECT_EQ(reason({p, p, e}), "malformed");
  EXPECT_EQ(reason({p, d, pol, e}), "malformed");
  EXPECT_EQ(reason({p, d, p, e}), "malformed");
  EXPECT_EQ(reason({p, pol, c, c, d, e}), "accepted");
  EXPECT_EQ(reason({p, c, e}), "accepted");
  EXPECT_EQ(reason({c, p, e}), "malformed");
  EXPECT_EQ(reason({p, c, pol, e}), "malformed");
  EXPECT_EQ(reason({p, d, c, e}), "malformed");
  EXPECT_EQ(reason({p, record(5, 0, {}), e}), "malformed");
  EXPECT_EQ(reason({p, record(4, 65537, {})}), "too_large");
  EXPECT_EQ(reason({p, record(3, 65537, {})}), "too_large");
  EXPECT_EQ(reason({p, record(3, 0xffffffff, {})}), "too_large");
  EXPECT_EQ(reason({p, record(0, 1, Bytes{0})}), "malformed");
  EXPECT_EQ(reason({p, e, Bytes(100), Bytes{1}}), "malformed");
  const Bytes full = record(2, 65536, Bytes(65536));
  EXPECT_EQ(reason({p, full, full, full, full, e}), "accepted");
  EXPECT_EQ(reason({p, full, full, full, full, pol, e}), "too_large");
}

TEST(Body, CallableRegionsAreBounded) {
  struct Counts : Collect {
    std::uint64_t size = 0;
    Status callable(View v) override { return size += v.size(), Status{}; }
  } handler;
  BodyReader reader(handler);
  BodyWriter writer([&](View v) { return reader.push(v); });
  ASSERT_TRUE(writer.parameters({}));
  const Bytes piece(1 << 20, 7);
  for (std::uint64_t sent = 0; sent < callable_records_max; sent += piece.size()) ASSERT_TRUE(writer.callable(piece));
  EXPECT_EQ(handler.size, callable_records_max);
  EXPECT_EQ(reason_of(writer.callable(Bytes{1})), "too_large");
  EXPECT_EQ(reason_of(reader.push(record(4, 1, Bytes{1}))), "too_large");
}

TEST(Body, TheInputIsDataAndCallableRegions) {
  const Digest data = crypto::sha256(Bytes{1}), callable = crypto::sha256(Bytes{2});
  EXPECT_EQ(input_digest(data, {}), data);
  EXPECT_NE(input_digest(data, callable), data);
  EXPECT_NE(input_digest(data, callable), input_digest(callable, data));
}

TEST(Body, TheHandlersFailureEndsIt) {
  struct Refuses : Collect {
    Status data(View) override { return fail(Reject::vcf_malformed); }
  } handler;
  const Bytes body = concat({record(1, 0, {}), record(3, 1, Bytes{3}), record(0, 0, {})});
  EXPECT_EQ(reason_of(read_body(body, handler)), "vcf_malformed");
}

Answer an_answer() {
  return {SecretBytes(Bytes(1000, 1)), Bytes(500, 2), SecretBytes(Bytes(120, 3)), Bytes(5000, 4)};
}

TEST(Answer, HasOneSizeForEachForm) {
  const Digest request{1, 2, 3};
  for (const auto kem : {crypto::Kem::x_wing, crypto::Kem::x25519}) {
    const auto key = crypto::KemPrivate::from_seed(kem, Secret<32>(Array<32>{5}));
    const Bytes score = an_answer().seal(key.public_key(), request, OutputForm::score, 0).value();
    const Bytes refusal = Answer{SecretBytes(Bytes(20, 9)), {}, {}, Bytes(5000, 4)}
                              .seal(key.public_key(), request, OutputForm::score, 0)
                              .value();
    EXPECT_EQ(score.size(), refusal.size());
    EXPECT_EQ(score.size(), answer_size(kem, OutputForm::score, 0));
    EXPECT_EQ(score.size(), 2 + crypto::enc_size(kem) + 65536 + 16);
    const Bytes table = an_answer().seal(key.public_key(), request, OutputForm::table, 4).value();
    EXPECT_EQ(table.size(), score.size() + 256 * 16);
    EXPECT_EQ(an_answer().seal(key.public_key(), request, OutputForm::score, 4).value().size(), table.size());
    const auto opened = Answer::open(table, key, request, OutputForm::table, 4);
    ASSERT_TRUE(opened) << describe(opened.error());
    EXPECT_TRUE(equal(opened->result.expose(), an_answer().result.expose()));
    EXPECT_EQ(opened->receipt, an_answer().receipt);
    EXPECT_TRUE(equal(opened->disclosure.expose(), an_answer().disclosure.expose()));
    EXPECT_EQ(opened->evidence, an_answer().evidence);
  }
}

TEST(Answer, OpensForThisRequestAlone) {
  const Digest request{1, 2, 3};
  const auto key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  const auto other = crypto::KemPrivate::generate(crypto::Kem::x_wing);
  const Bytes sealed = an_answer().seal(key.public_key(), request, OutputForm::score, 0).value();
  const auto reason = [](Result<Answer> opened) { return reason_of(opened); };
  EXPECT_EQ(reason(Answer::open(sealed, key, request, OutputForm::score, 0)), "accepted");
  EXPECT_EQ(reason(Answer::open(sealed, other, request, OutputForm::score, 0)), "answer_unauthentic");
  EXPECT_EQ(reason(Answer::open(sealed, key, Digest{9}, OutputForm::score, 0)), "answer_unauthentic");
  EXPECT_EQ(reason(Answer::open(sealed, key, request, OutputForm::table, 0)), "answer_unauthentic");
  for (const std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{1122}, sealed.size() - 1}) {
    Bytes changed = sealed;
    changed[at] ^= 1;
    EXPECT_EQ(reason(Answer::open(changed, key, request, OutputForm::score, 0)), "answer_unauthentic") << at;
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{2}, sealed.size() - 1})
    EXPECT_EQ(reason(Answer::open(View(sealed).first(size), key, request, OutputForm::score, 0)), "answer_unauthentic");
}

// Anyone can seal to a result key: what is inside must have its form too.
TEST(Answer, OfAStrangerMustHaveTheForm) {
  const Digest request{1, 2, 3};
  const auto key = crypto::KemPrivate::generate(crypto::Kem::x25519);
  const auto reason = [&](Bytes plain) {
    plain.resize(65536);
    const auto sealed = crypto::hpke_seal(key.public_key(), request, view_of(answer_label), plain).value();
    const Bytes all = Writer().u16be(0x20).bytes(sealed.enc).bytes(sealed.ciphertext).take();
    return reason_of(Answer::open(all, key, request, OutputForm::score, 0));
  };
  const auto content = [] {
    return cbor::Writer().document(answer_label, 5).bstr({}).bstr({}).bstr({}).bstr({}).take();
  };
  EXPECT_EQ(reason(content()), "accepted");
  EXPECT_EQ(reason({}), "malformed");
  Bytes dirty = content();
  dirty.resize(65535);
  dirty.push_back(1);
  EXPECT_EQ(reason(dirty), "answer_unauthentic");
  EXPECT_EQ(reason(cbor::Writer().document(answer_label, 5).bstr({}).bstr(Bytes(4097)).take()), "too_large");
}

TEST(Answer, WhatDoesNotFitIsRefused) {
  const auto key = crypto::KemPrivate::from_seed(crypto::Kem::x25519, Secret<32>(Array<32>{5}));
  const auto with = [&](std::size_t size) {
    return reason_of(
        Answer{SecretBytes(size), Bytes(receipt_size_max), SecretBytes(disclosure_size_max), Bytes(5000)}.seal(
            key.public_key(), {}, OutputForm::score, 0));
  };
  EXPECT_EQ(with(result_size_max(OutputForm::score, 0, 5000)), "accepted");
  EXPECT_EQ(with(result_size_max(OutputForm::score, 0, 5000) + 1), "too_large");
}
}  // namespace
}  // namespace glovebox::protocol
