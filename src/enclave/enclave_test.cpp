// The enclave as a whole, in one process (tests/enclave/world.h).
#include "enclave/enclave.h"

#include <sys/wait.h>

#include <random>
#include <set>

#include "enclave/confine.h"
#include "genome/genome_testing.h"
#include "model/predict.h"
#include "person.h"
#include "protocol/refusal.h"
#include "scoring/leakage.h"

namespace glovebox::enclave::testing {
namespace {

float expected_score(const bundle::Bundle& model) {
  const std::vector<float> row = {0.5F, 1, 0, 2, 54, 1};
  float margin = 0;
  float out = 0;
  model::predict_margin(model.ensemble(), row, {&margin, 1});
  model::transform(model.ensemble(), {&margin, 1}, {&out, 1});
  return out;
}

TEST(Enclave, ScoresByEveryWayToTheKey) {
  World world;
  for (const std::string_view stanza : {"live", "enclave", "broker"}) {
    Person person(world);
    person.stanza = stanza;
    const auto told = person.ask();
    ASSERT_EQ(told.reason, "score") << stanza;
    const auto& report = std::get<result::Report>(*told.outcome);
    EXPECT_EQ(report.rows[0].predictions, std::vector{expected_score(world.model)});
    EXPECT_EQ(told.receipt->release.has_value(), stanza != "enclave");
    if (told.receipt->release) {
      EXPECT_EQ(told.receipt->release->use, 1U);
    }
    EXPECT_EQ(told.receipt->policy_digest, person.core.policy_digest);
    EXPECT_EQ(told.receipt->leakage, report.leakage);
  }
}

// A slice: what comes back is a block, which the receipt commits to; expanded, it is the whole file's report.
TEST(Enclave, ScoresASlice) {
  World world;
  Person whole(world);
  whole.stanza = "enclave";
  const auto of_whole = whole.ask();
  ASSERT_EQ(of_whole.reason, "score");

  std::set<std::size_t> sizes;
  const auto ask = [&](auto&& change) {
    auto slicing = scoring::Slicing::create(world.model, good_parameters()).value();
    EXPECT_TRUE(slicing.feed(view_of(good_vcf)));
    Person person(world);
    person.stanza = "enclave";
    person.parameters = protocol::slice_parameters("risk-score");
    person.sliced = slicing.finish().value();
    person.data = std::string(text_of(person.sliced->slice.expose()));
    change(person);
    auto told = person.ask();
    sizes.insert(told.size);
    if (told.receipt && !person.parameters.sample) {  // else nobody read what was asked
      EXPECT_EQ(told.receipt->leakage, scoring::leakage_of_slice());
    }
    return told;
  };
  const auto told = ask([](Person&) {});
  ASSERT_EQ(told.reason, "score");
  auto expected = std::get<result::Report>(*of_whole.outcome);
  expected.leakage = scoring::leakage_of_slice();
  EXPECT_EQ(std::get<result::Report>(*told.outcome), expected);

  const std::size_t record = protocol::slice_head_size + 8;  // of f1, a site
  EXPECT_EQ(ask([&](Person& p) { p.data[record] = 1; }).reason, "malformed");
  EXPECT_EQ(ask([](Person& p) { p.data.pop_back(); }).reason, "truncated");
  EXPECT_EQ(ask([](Person& p) { p.data += '\0'; }).reason, "trailing_bytes");
  EXPECT_EQ(ask([](Person& p) { p.data.clear(); }).reason, "truncated");
  EXPECT_EQ(ask([](Person& p) { p.data[0] ^= 1; }).reason, "version_unsupported");
  EXPECT_EQ(ask([](Person& p) { p.data[24] ^= 1; }).reason, "request_mismatch");
  EXPECT_EQ(ask([](Person& p) { p.callable = "chr1\t0\t2000\n"; }).reason, "malformed");
  EXPECT_EQ(ask([](Person& p) { p.parameters.sample = "SOMEONE"; }).reason, "request_mismatch");
  EXPECT_EQ(ask([](Person& p) { p.parameters.purpose = "advertising"; }).reason, "purpose_not_allowed");
  EXPECT_EQ(sizes.size(), 1U);
}

TEST(Enclave, GivesOneSizeWhateverHappened) {
  World world;
  std::set<std::size_t> sizes;
  const auto ask = [&](auto&& change) {
    Person person(world);
    person.stanza = "enclave";
    change(person);
    const auto told = person.ask();
    sizes.insert(told.size);
    return told.reason;
  };
  EXPECT_EQ(ask([](Person&) {}), "score");
  EXPECT_EQ(ask([](Person& p) { p.parameters.absence.reset(), p.data.resize(p.data.find("22\t5030")); }),
            "absence_undeclared");
  EXPECT_EQ(ask([](Person& p) { p.data += "22\tnowhere\n"; }), "vcf_malformed");
  EXPECT_EQ(ask([](Person& p) { p.data = "this is no VCF"; }), "vcf_malformed");
  EXPECT_EQ(ask([](Person& p) { p.data = ""; }), "truncated");
  EXPECT_EQ(ask([](Person& p) { p.parameters.purpose = "advertising"; }), "purpose_not_allowed");
  EXPECT_EQ(ask([](Person& p) { p.parameters.values.clear(); }), "value_missing");
  EXPECT_EQ(sizes.size(), 1U);
}

// A log's room is the model's number of sites, rounded up: a log, a refusal and a request for another room look alike.
TEST(Enclave, AMatchLogMakesTheAnswerAsLargeAsTheModel) {
  World world;
  std::set<std::size_t> sizes;
  const auto ask = [&](auto&& change) {
    Person person(world);
    person.stanza = "enclave";
    person.parameters.match_log = true;
    person.parameters.rows_class = 2;  // the model has three sites
    change(person);
    const auto told = person.ask();
    sizes.insert(told.size);
    if (told.outcome && std::holds_alternative<result::Report>(*told.outcome)) {
      const auto& report = std::get<result::Report>(*told.outcome);
      EXPECT_EQ(report.quality.match_log, crypto::sha256(view_of(report.match_log.value())));
      EXPECT_EQ(std::ranges::count(*report.match_log, '\n'), 4);
      EXPECT_NE(told.receipt->leakage.find("a match log was asked for"), std::string::npos);
    }
    return told.reason;
  };
  EXPECT_EQ(ask([](Person&) {}), "score");
  EXPECT_EQ(ask([](Person& p) { p.data += "22\tnowhere\n"; }), "vcf_malformed");
  EXPECT_EQ(ask([](Person& p) { p.parameters.purpose = "advertising"; }), "purpose_not_allowed");
  EXPECT_EQ(sizes.size(), 1U);
  EXPECT_EQ(*sizes.begin(), protocol::answer_size(crypto::Kem::x_wing, OutputForm::score, 2));
  EXPECT_EQ(ask([](Person& p) { p.parameters.rows_class = 3; }), "request_mismatch");
}

// What a receipt says of the input covers the callable regions: left out or changed, they would change a score.
TEST(Enclave, ReadsCallableRegionsBeforeTheData) {
  World world;
  const auto outcomes = [&](const std::string& callable) {
    Person person(world);
    person.stanza = "enclave";
    person.callable = callable;
    person.parameters.absence = protocol::Absence::homref;
    person.data.resize(person.data.find("22\t5030"));
    const auto told = person.ask();  // checks the receipt's commitment against both
    EXPECT_EQ(told.reason, callable == "x" ? "regions_malformed" : "score");
    if (told.reason != "score") return std::string();
    const auto& report = std::get<result::Report>(*told.outcome);
    std::string out = *report.quality.absence;
    for (const auto& count : report.quality.counts)
      if (count.outcome != "value") out += " " + count.outcome + "=" + std::to_string(count.number);
    return out;
  };
  EXPECT_EQ(outcomes("x"), "");
  EXPECT_NE(outcomes("chr1\t0\t2000\nchr22\t50300000\t50400000\n").find(", where callable"), std::string::npos);
}

TEST(Enclave, ChildThatDiesIsARefusalOfTheSameSize) {
  if (sanitized) GTEST_SKIP() << "needs a build without sanitizers: children have no memory limit under them";
  auto configuration = World::quick();
  configuration.upload_max = 64 << 20;
  World world(configuration);
  Person person(world);
  person.stanza = "enclave";
  const std::size_t size = person.ask().size;
  configuration.child_memory_max = std::uint64_t{64} << 20;
  World tight(configuration);
  Person unlucky(tight);
  unlucky.stanza = "enclave";
  // One line as long as a line may be, which needs more memory than there is.
  unlucky.data =
      good_vcf.substr(0, good_vcf.find("22\t5030")) + "22\t5\t.\tG\tA\t.\tPASS\t" + std::string(15 << 20, 'A');
  const auto told = unlucky.ask();
  if (told.reason != "enclave_failed")
    GTEST_SKIP() << "needs a smaller process than this to run out of memory: " << told.reason;
  EXPECT_EQ(told.size, size);
}

// An upload of 1 MiB and more is inflated and read by all of the child's threads: what is said must not tell.
TEST(Enclave, SaysTheSameByOneThreadAndBySeveral) {
  std::mt19937_64 random(1);
  std::string text = good_vcf.substr(0, good_vcf.find("22\t5030"));
  for (int i = 1; i <= 60'000; ++i)
    text += "22\t" + std::to_string(i) + "\t.\tG\tA\t.\tPASS\tX=" + std::to_string(random()) + "," +
            std::to_string(random()) + "\tGT\t0/1\n";
  text += good_vcf.substr(good_vcf.find("22\t5030"));
  const auto compressed = [](const std::string& of) {
    return std::string(text_of(genome::test::bgzf(view_of(of), 65280)));
  };
  const std::string whole = compressed(text);
  ASSERT_GT(whole.size(), std::size_t{1} << 20);
  std::string damaged = whole;
  damaged[damaged.size() / 2] ^= 1;
  const std::size_t middle = text.find('\n', text.size() / 2) + 1;
  const std::string disorder =
      compressed(text.substr(0, middle) + "22\t1\t.\tG\tA\t.\tPASS\t.\tGT\t0/1\n" + text.substr(middle));
  std::vector<std::string> said;
  for (const std::uint64_t threads : {1U, 2U, 5U}) {
    auto configuration = World::quick();
    configuration.upload_max = std::uint64_t{64} << 20;
    configuration.child_threads = threads;
    World world(configuration);
    std::string all;
    for (const std::string& data : {whole, damaged, disorder}) {
      Person person(world);
      person.stanza = "enclave";
      person.data = data;
      const auto told = person.ask();
      ASSERT_TRUE(told.outcome) << told.reason;
      all += told.reason + " " + std::to_string(told.size) + " ";
      if (const auto* report = std::get_if<result::Report>(&*told.outcome))
        all += to_hex(result::encode_rows(*report)) + " " + to_hex(result::encode_quality(*report)) + "; ";
      else
        all += describe(std::get<Error>(*told.outcome)) + "; ";
    }
    said.push_back(all);
  }
  EXPECT_TRUE(said[0].starts_with("score ")) << said[0];
  EXPECT_TRUE(said[0].contains("vcf_unsorted")) << said[0];
  EXPECT_EQ(said[1], said[0]);
  EXPECT_EQ(said[2], said[0]);
}

TEST(Enclave, SessionServesOneRequest) {
  World world;
  Person person(world);
  EXPECT_EQ(person.ask().reason, "score");
  person.request_id = crypto::random_array<16>();
  person.seal();  // to the same evidence again
  EXPECT_EQ(person.open(world.call(person.frames())).reason, "[failed]");
  EXPECT_EQ(world.enclave->sessions(), 0U);
}

TEST(Enclave, RefusesByName) {
  World world;
  const auto ask = [&](std::string_view stanza, auto&& change) {
    Person person(world);
    person.stanza = stanza;
    change(person);
    return person.ask().reason;
  };
  const auto stranger = crypto::SigningKey::generate();
  for (const std::string_view stanza : {"live", "enclave"}) {
    SCOPED_TRACE(stanza);
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_request = [](protocol::Request& r) { r.model_digest[0] ^= 1; }; }),
              "model_unknown");
    EXPECT_EQ(ask(stanza,
                  [](Person& p) {
                    p.change_request = [](protocol::Request& r) { r.not_after = Time::from_seconds(1'000); };
                  }),
              "request_expired");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_request = [](protocol::Request& r) { r.core_digest[0] ^= 1; }; }),
              "[failed]");
    EXPECT_EQ(ask(stanza,
                  [](Person& p) {
                    auto other = p.parameters;
                    other.absence = protocol::Absence::homref;
                    p.inner_parameters = other.encode();
                  }),
              "request_mismatch");
    EXPECT_EQ(ask(stanza, [&](Person& p) { p.signer = &stranger; }), "requester_not_allowed");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.rules.purpose = "research"; }), "purpose_not_allowed");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_envelope = [](Bytes& e) { e.back() ^= 1; }; }), "chunk_unauthentic");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_envelope = [](Bytes& e) { e.resize(e.size() - 65'536 - 16); }; }),
              "envelope_truncated");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_envelope = [](Bytes& e) { e.resize(40); }; }), "[failed]");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_envelope = [](Bytes& e) { e[0] ^= 1; }; }), "[failed]");
  }
  EXPECT_EQ(ask("live", [](Person& p) { p.parameters.output_form = OutputForm::table; }), "output_not_allowed");
}

// The envelope's carrier can sign a request as well as its owner can: without a policy nothing tells them apart.
TEST(Enclave, OpensNothingThatNoPolicyBinds) {
  World world;
  const auto carrier = crypto::SigningKey::generate();
  Person person(world);
  person.stanza = "enclave";
  person.without_policy = true;
  person.signer = &carrier;
  EXPECT_EQ(person.ask().reason, "policy_mismatch");
  person.signer = nullptr;
  EXPECT_EQ(person.ask().reason, "policy_mismatch");
}

// A forked process has its parent's generator: what a child could read there must say nothing about the parent's keys.
TEST(Enclave, MixesEntropyInWhereNoChildSeesIt) {
  class Watching final : public attester::Transport {
   public:
    Watching(devnsm::VirtualNsm& nsm, std::vector<bool>& seen) : nsm_(nsm), seen_(seen) {}
    Result<Bytes> exchange(View request) override {
      if (text_of(request).contains("GetRandom")) seen_.push_back(::waitpid(-1, nullptr, WNOHANG) == 0);
      return nsm_.answer(request);
    }

   private:
    devnsm::VirtualNsm& nsm_;
    std::vector<bool>& seen_;  // at each drawing of random bytes: was there a process that was forked before?
  };
  World world;
  world.enclave.reset();
  devnsm::VirtualNsm fresh(world.root, registers(), [] { return system_now(); });
  std::vector<bool> template_there;
  const auto booted = Enclave::boot({.nsm = std::make_unique<Watching>(fresh, template_there),
                                     .configuration = world.configuration,
                                     .models = Models::of({example()}).value(),
                                     .broker = [&world](http::Deadline) { return world.connect(); }});
  ASSERT_TRUE(booted) << describe(booted.error());
  ASSERT_FALSE(template_there.empty());
  EXPECT_TRUE(std::ranges::all_of(template_there, std::identity()));
}

TEST(Enclave, TakesNoBrokerButTheOneInTheEnvelope) {
  World world;
  const auto another = crypto::SigningKey::generate();
  Person person(world);
  world.change_broker = [&](const http::ServerRequest& request, http::ServerResponse& response) {
    if (request.path != "/v1/release" || response.status != 200) return;
    const auto cose = crypto::parse_cose_sign1_unverified(response.body, cbor::Form::strict).value();
    response.body = crypto::sign_document(another, to_bytes(cose.payload), protocol::release_label);
  };
  EXPECT_EQ(person.ask().reason, "release_unauthentic");
  world.change_broker = [](const http::ServerRequest&, http::ServerResponse& response) {
    response = {.status = 403, .body = protocol::encode_refusal({Reject::uses_exhausted, "10 uses", "at most 10"})};
  };
  Person second(world);
  const auto refused = second.ask();
  EXPECT_EQ(refused.reason, "uses_exhausted");
  EXPECT_TRUE(std::get<Error>(*refused.outcome).hint.contains("not signed"));  // the host could have said it
  world.change_broker = [](const http::ServerRequest&, http::ServerResponse& response) {
    response = {.status = 200, .body = {1, 2, 3}};
  };
  Person third(world);
  EXPECT_EQ(third.ask().reason, "release_unauthentic");
}

TEST(Enclave, ScoresATableInOneLargerSize) {
  World world;
  std::set<std::size_t> sizes;
  for (const std::string_view rows : {"2,54\n2,30\n", "2,54\n", "2,54\n2,oops\n"}) {
    Person person(world);
    person.stanza = "enclave";
    person.rules.output_forms = {OutputForm::table};
    person.parameters = {
        .input = protocol::Input::table, .purpose = "risk-score", .output_form = OutputForm::table, .rows_class = 1};
    person.data = "f3,f4\n" + std::string(rows);
    const auto told = person.ask();
    EXPECT_EQ(told.reason, rows.ends_with("oops\n") ? "value_unknown" : "score");
    sizes.insert(told.size);
  }
  EXPECT_EQ(sizes, std::set{protocol::answer_size(crypto::Kem::x_wing, OutputForm::table, 1)});
}

TEST(Enclave, ServesManyAtOnceAndSaysWhenItIsFull) {
  World world;
  std::vector<std::thread> threads;
  std::atomic<int> scores = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      Person person(world);
      if (person.ask().reason == "score") ++scores;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(scores, 8);

  auto configuration = World::quick();
  configuration.requests_max = 1;
  World small(configuration);
  Person first(small);
  first.stanza = "enclave";
  first.appraise();
  first.seal();
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  std::thread serving([&] { small.enclave->handle(Fd(ends[1])); });
  const auto stream = http::adopt(ends[0]);
  const auto deadline = http::Deadline::in(std::chrono::seconds(20));
  const auto frames = first.frames();
  ASSERT_TRUE(stream->write_all(frames[0], deadline));  // holds the only place
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  Person second(small);
  second.stanza = "enclave";
  EXPECT_EQ(second.ask().reason, "[busy]");
  ASSERT_TRUE(stream->write_all(frames[1], deadline));
  ASSERT_TRUE(stream->write_all(frames[2], deadline));
  stream->close_write();
  serving.join();
  Person third(small);
  third.stanza = "enclave";
  EXPECT_EQ(third.ask().reason, "score");
}

TEST(Enclave, BoundsUploadsAndTime) {
  auto configuration = World::quick();
  configuration.upload_max = 65'536;
  configuration.request_seconds = 1;
  World world(configuration);
  Person person(world);
  EXPECT_EQ(person.ask().reason, "[too_large]");  // one chunk and its header
  person.appraise();
  person.seal();
  auto frames = person.frames();
  frames.pop_back();
  frames.pop_back();
  EXPECT_EQ(person.open(world.call(frames)).reason, "[deadline]");
}

TEST(Enclave, SaysWhatItHoldsAndRefusesWhatItDoesNotKnow) {
  World world;
  const Returned info = world.call({wire::encode_frame(wire::FrameType::info, {})});
  const auto said = wire::parse_info(info.reply);
  ASSERT_TRUE(said);
  ASSERT_EQ(said->models.size(), 1U);
  EXPECT_EQ(said->models[0].digest, world.model.digest);
  EXPECT_EQ(wire::parse_configuration(said->configuration).value(), world.configuration);
  EXPECT_EQ(world.call({wire::encode_frame(wire::FrameType::end, {})}).word, Word::failed);
  EXPECT_EQ(world.call({Bytes{99, 0, 0, 0, 0}}).word, Word::failed);
  EXPECT_EQ(world
                .call({wire::encode_frame(wire::FrameType::score, View(Bytes(100))),
                       wire::encode_frame(wire::FrameType::end, {})})
                .word,
            Word::failed);
}

TEST(Enclave, KeepsNoMoreSessionsThanItsBound) {
  auto configuration = World::quick();
  configuration.sessions_max = 2;
  World world(configuration);
  Person early(world);
  early.stanza = "enclave";
  early.appraise();
  for (int i = 0; i < 2; ++i) Person(world).appraise();
  EXPECT_EQ(world.enclave->sessions(), 2U);
  early.seal();
  EXPECT_EQ(early.open(world.call(early.frames())).reason, "[failed]");
}

TEST(Enclave, DoesNotStartWithoutEntropy) {
  class Stuck final : public attester::Transport {
   public:
    explicit Stuck(devnsm::VirtualNsm& nsm) : nsm_(nsm) {}
    Result<Bytes> exchange(View request) override {
      const auto asked = attestation::nsm::parse_request(request);
      if (asked && std::holds_alternative<attestation::nsm::GetRandom>(*asked))
        return attestation::nsm::encode(attestation::nsm::Response(attestation::nsm::Random{Bytes(256, 0)}));
      return nsm_.answer(request);
    }
    devnsm::VirtualNsm& nsm_;
  };
  const auto root = devnsm::TestRoot::create(system_now());
  devnsm::VirtualNsm nsm(root, registers(), [] { return system_now(); });
  const auto booted = Enclave::boot({.nsm = std::make_unique<Stuck>(nsm),
                                     .configuration = {},
                                     .models = Models::of({example()}).value(),
                                     .broker = {}});
  EXPECT_EQ(test::reason_of(booted), "entropy_unavailable");
}

}  // namespace
}  // namespace glovebox::enclave::testing
