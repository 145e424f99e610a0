// The enclave as a whole, in one process: a virtual security module below it, a broker behind it, a client and a host
// before it.
#include "enclave/enclave.h"

#include <sys/socket.h>

#include <set>
#include <thread>

#include "broker/api.h"
#include "bundle/pack.h"
#include "crypto/init.h"
#include "devnsm/virtual_nsm.h"
#include "enclave/confine.h"
#include "envelope/sealer.h"
#include "model/predict.h"
#include "protocol/refusal.h"
#include "receipt/verify.h"
#include "support.h"

namespace glovebox::enclave {
namespace {

using protocol::OutputForm;
using protocol::Parameters;
using wire::Word;

struct Folder {
  std::filesystem::path path;
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "glovebox-enclave-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
};

class ToModule final : public attester::Transport {
 public:
  explicit ToModule(devnsm::VirtualNsm& nsm) : nsm_(nsm) {}
  Result<Bytes> exchange(View request) override { return nsm_.answer(request); }

 private:
  devnsm::VirtualNsm& nsm_;
};

bundle::Bundle example() {
  const auto folder = test::vectors() / "bundle";
  return bundle::load(bundle::pack(text_of(test::read(folder / "manifest.toml")), test::read(folder / "features.tsv"),
                                   test::read(test::vectors() / "model/logistic-ubj.ubj"))
                          .value())
      .value();
}

attestation::Pcrs registers() {
  attestation::Pcr value;
  value.fill(7);
  return {{0, value}, {1, value}, {2, attestation::no_ramdisk()}};
}

const std::string good_vcf =
    "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n##contig=<ID=22,length=51304566>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSOMEONE\n"
    "1\t1000\t.\tC\tT\t.\tPASS\t.\tGT\t0/0\n22\t50300078\t.\tG\tA\t.\tPASS\t.\tGT\t0/1\n";

Parameters good_parameters() {
  return {.input = protocol::Input::vcf,
          .purpose = "risk-score",
          .input_kind = protocol::InputKind::wgs_vcf,
          .build = protocol::Build::grch37,
          .absence = protocol::Absence::missing,
          .values = {{"f0", 0.5}, {"f4", 54.0}, {"f5", std::string("some")}}};
}

// Returned is all that the host sees of a call.
struct Returned {
  Bytes reply;
  Word word = Word::failed;
  bool ended = false;  // with a status
};

struct World {
  explicit World(wire::Configuration settings = quick()) : configuration(settings) {
    EXPECT_TRUE(crypto::start());
    const Time now = system_now();
    const Status made = broker::Broker::init(folder.path / "broker", {root.certificate().digest()}, now.plus_seconds(-60), 365);
    EXPECT_TRUE(made) << describe(made.error());
    clinic = broker::Broker::open(folder.path / "broker").value();
    auto booted = Enclave::boot({.nsm = std::make_unique<ToModule>(nsm),
                                 .configuration = configuration,
                                 .models = Models::of({example()}).value(),
                                 .broker = [this](http::Deadline) { return connect(); }});
    EXPECT_TRUE(booted) << describe(booted.error());
    enclave = std::move(*booted);
  }
  ~World() { join(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  static wire::Configuration quick() {
    return {.upload_max = 8 << 20, .inflated_max = 64 << 20, .requests_max = 8, .sessions_max = 32, .request_seconds = 30};
  }

  Result<std::unique_ptr<http::Stream>> connect() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return fail(Reject::unreachable);
    const std::lock_guard lock(threads_mutex);
    threads.emplace_back([this, socket = ends[1]] {
      const auto stream = http::adopt(socket);
      (void)http::answer_one(
          *stream,
          [this](const http::ServerRequest& request) {
            auto response = broker::answer(*clinic, request, system_now());
            if (change_broker) change_broker(request, response);
            return response;
          },
          {});
    });
    return http::adopt(ends[0]);
  }
  void join() {
    const std::lock_guard lock(threads_mutex);
    for (auto& thread : threads) thread.join();
    threads.clear();
  }

  // call plays the host: sends the frames, takes what comes back.
  Returned call(const std::vector<Bytes>& frames) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    std::thread serving([this, socket = ends[1]] { enclave->handle(Fd(socket)); });
    const auto stream = http::adopt(ends[0]);
    const auto deadline = http::Deadline::in(std::chrono::seconds(60));
    std::thread sending([&] {
      for (const Bytes& frame : frames)
        if (!stream->write_all(frame, deadline)) return;
    });
    Returned out;
    wire::FrameReader reader;
    Bytes buffer(65'536);
    while (!out.ended) {
      const auto got = stream->read_some(buffer, deadline);
      if (!got || *got == 0) break;
      View in = View(buffer).first(*got);
      for (;;) {
        const auto frame = reader.next(in);
        if (!frame || !*frame) break;
        if ((*frame)->type == wire::FrameType::reply) out.reply.insert(out.reply.end(), (*frame)->payload.begin(), (*frame)->payload.end());
        if ((*frame)->type == wire::FrameType::status) {
          out.word = wire::word_of(**frame);
          out.ended = true;
        }
      }
    }
    serving.join();
    sending.join();
    return out;
  }

  verifier::EvidencePolicy evidence_policy() const {
    verifier::EvidencePolicy policy;
    const auto pcrs = registers();
    const Digest root_digest = root.certificate().digest();
    policy.platforms = {"nitro"};
    policy.freshness_seconds = 300;
    policy.kems = {crypto::Kem::x_wing};
    policy.configuration = crypto::sha256(wire::encode(configuration));
    policy.roots = {{root.name(), root_digest, true, to_bytes(root.certificate().der())}};
    policy.measurements = {{"0.1.0", root_digest, {pcrs.at(0), pcrs.at(1), pcrs.at(2)}}};
    policy.models = {{"example", model.digest}};
    policy.brokers = {{"clinic", clinic->identity()}};
    return policy;
  }

  wire::Configuration configuration;
  Folder folder;
  devnsm::TestRoot root = devnsm::TestRoot::create(system_now());
  devnsm::VirtualNsm nsm{root, registers(), [] { return system_now(); }};
  bundle::Bundle model = example();
  std::unique_ptr<broker::Broker> clinic;
  std::function<void(const http::ServerRequest&, http::ServerResponse&)> change_broker;
  std::unique_ptr<Enclave> enclave;
  std::mutex threads_mutex;
  std::vector<std::thread> threads;
};

// Person is a client: appraises, seals, signs, and opens the answer. A test changes a field, or what was made of them.
struct Person {
  explicit Person(World& w) : world(w) {}
  World& world;
  crypto::SigningKey owner = crypto::SigningKey::generate();
  protocol::ReleaseRules rules{.purpose = "risk-score", .output_forms = {OutputForm::score}};
  Parameters parameters = good_parameters();
  std::string data = good_vcf;
  std::string_view stanza = "live";
  protocol::RequestId request_id = crypto::random_array<16>();
  std::function<void(protocol::Request&)> change_request;
  std::function<void(Bytes&)> change_envelope;
  std::optional<Bytes> inner_parameters;  // other ones than the request's
  const crypto::SigningKey* signer = nullptr;

  attestation::Evidence evidence;
  verifier::AttestationResult appraised;
  std::optional<crypto::KemPrivate> result_key;
  Digest request_digest{};
  envelope::Core core;
  Bytes signed_request;
  Bytes envelope;

  void appraise() {
    const auto nonce = crypto::random_array<32>();
    const Returned returned = world.call({wire::encode_frame(wire::FrameType::evidence, nonce)});
    ASSERT_EQ(returned.word, Word::ok);
    evidence = attestation::Evidence::parse(returned.reply).value();
    const verifier::Expected expected{
        .purpose = attestation::Purpose::client,
        .nonce = nonce,
        .context = attestation::ClientContext{.configuration = crypto::sha256(wire::encode(world.configuration)), .models = {world.model.digest}}};
    auto result = verifier::appraise(evidence, expected, world.evidence_policy(), system_now());
    ASSERT_TRUE(result) << describe(result.error());
    appraised = std::move(*result);
  }

  void seal() {
    const protocol::ReleasePolicy policy{.owner = owner.public_key(), .evidence_policy = world.evidence_policy().to_cbor(), .rules = rules};
    const Bytes signed_policy = policy.sign(owner);
    const Bytes inner = inner_parameters.value_or(parameters.encode());
    core = {.content_type = std::string(envelope::content_type_request), .policy_digest = policy.digest()};
    if (stanza != "enclave") core.broker = world.clinic->identity();
    core.size_class = envelope::size_class_for(protocol::body_size(inner.size(), signed_policy.size(), data.size())).value();
    const auto key = envelope::EnvelopeKey::fresh(core).value();
    core = key.core();
    Bytes wrapped;
    if (stanza != "enclave") {
      const auto statement = protocol::newest_key(protocol::BrokerKeys::parse(world.clinic->keys()).value(), world.clinic->identity(), system_now()).value();
      const Secret<32>& share = stanza == "live" ? key.broker_share() : key.file_key();
      wrapped = protocol::WrappedKey::wrap(statement, signed_policy, {owner.public_key(), crypto::random_array<16>(), key.core_digest(), share.copy()}).value().encode();
    }
    const auto binding = fixed<64>(evidence.binding().view()).value();
    envelope::Recipient recipient = envelope::ToBroker{wrapped};
    if (stanza == "live") recipient = envelope::ToLive{binding, *appraised.hpke, wrapped};
    if (stanza == "enclave") recipient = envelope::ToEnclave{binding, *appraised.hpke};
    envelope = key.header({&recipient, 1}).value().encode();
    envelope::Sealer sealer(key);
    const envelope::Sink out = [this](View sealed) -> Status {
      envelope.insert(envelope.end(), sealed.begin(), sealed.end());
      return {};
    };
    protocol::BodyWriter body([&](View plain) { return sealer.push(plain, out); });
    EXPECT_TRUE(body.parameters(inner) && body.policy(signed_policy) && body.data(view_of(data)) && body.end() && sealer.finish(out));
    if (change_envelope) change_envelope(envelope);

    result_key = crypto::KemPrivate::generate(crypto::Kem::x_wing);
    const crypto::SigningKey& by = signer ? *signer : owner;
    protocol::Request request{.request_id = request_id,
                              .core_digest = core.digest(),
                              .model_digest = world.model.digest,
                              .parameters_digest = parameters.digest(),
                              .result_key = result_key->public_key(),
                              .not_after = Time::from_seconds(system_now().seconds()).plus_seconds(600),
                              .requester = by.public_key()};
    if (change_request) change_request(request);
    request_digest = request.digest();
    signed_request = request.sign(by);
  }

  std::vector<Bytes> frames() const {
    std::vector<Bytes> out = {wire::encode_frame(wire::FrameType::score, signed_request)};
    Bytes upload;
    wire::append_frames(upload, wire::FrameType::data, envelope);
    out.push_back(std::move(upload));
    out.push_back(wire::encode_frame(wire::FrameType::end, {}));
    return out;
  }

  struct Told {
    std::optional<result::Outcome> outcome;
    std::optional<receipt::Receipt> receipt;
    std::string reason;  // of a refusal, the word outside the seal in brackets, or "score"
    std::size_t size = 0;
  };

  // ask does all of it, and checks of the answer what must hold whatever it says.
  Told ask() {
    if (stanza != "broker") appraise();
    seal();
    return open(world.call(frames()));
  }

  Told open(const Returned& returned) {
    Told told;
    told.size = returned.reply.size();
    EXPECT_TRUE(returned.ended);
    if (returned.word != Word::ok) {
      EXPECT_TRUE(returned.reply.empty());
      told.reason = "[" + std::string(wire::name(returned.word)) + "]";
      return told;
    }
    auto answer = protocol::Answer::open(returned.reply, *result_key, request_digest, parameters.output_form, parameters.rows_class);
    if (!answer && parameters.output_form == OutputForm::table)  // the parameters were not read
      answer = protocol::Answer::open(returned.reply, *result_key, request_digest, OutputForm::score, 0);
    EXPECT_TRUE(answer) << describe(answer.error());
    if (!answer) return told;
    if (stanza == "broker") evidence = attestation::Evidence::parse(answer->evidence).value();
    EXPECT_EQ(answer->evidence, evidence.encode());
    auto receipt = receipt::Receipt::open(answer->receipt, crypto::VerifyKey::parse(evidence.keys.find("receipt")->public_key).value());
    EXPECT_TRUE(receipt) << describe(receipt.error());
    EXPECT_EQ(receipt->request_digest, request_digest);
    EXPECT_TRUE(equal(receipt->binding, evidence.binding().view()));
    EXPECT_TRUE(receipt->development);
    told.outcome = result::parse(answer->result.expose()).value();
    const auto disclosure = receipt::Disclosure::parse(answer->disclosure.expose()).value();
    if (const auto* report = std::get_if<result::Report>(&*told.outcome)) {
      told.reason = "score";
      EXPECT_TRUE(receipt::check_commitments(*receipt, disclosure, crypto::sha256(view_of(data)), result::encode_rows(*report), result::encode_quality(*report)));
    } else {
      const auto& error = std::get<Error>(*told.outcome);
      told.reason = name(error.reason);
      EXPECT_TRUE(receipt::check_output(*receipt, disclosure.key_output, answer->result.expose()));
      EXPECT_TRUE(receipt::check_quality(*receipt, disclosure.key_quality, {}));
    }
    told.receipt = std::move(*receipt);
    return told;
  }
};

float expected_score(const bundle::Bundle& model) {
  const std::vector<float> row = {0.5F, 1, 0, 2, 54, 1};
  float margin = 0;
  float out = 0;
  model::predict_margin(model.ensemble, row, {&margin, 1});
  model::transform(model.ensemble, {&margin, 1}, {&out, 1});
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
    if (told.receipt->release) { EXPECT_EQ(told.receipt->release->use, 1U); }
    EXPECT_EQ(told.receipt->policy_digest, person.core.policy_digest);
    EXPECT_EQ(told.receipt->leakage, report.leakage);
  }
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
  EXPECT_EQ(ask([](Person& p) { p.parameters.absence.reset(), p.data.resize(p.data.find("22\t5030")); }), "absence_undeclared");
  EXPECT_EQ(ask([](Person& p) { p.data += "22\tnowhere\n"; }), "vcf_malformed");
  EXPECT_EQ(ask([](Person& p) { p.data = "this is no VCF"; }), "vcf_malformed");
  EXPECT_EQ(ask([](Person& p) { p.data = ""; }), "truncated");
  EXPECT_EQ(ask([](Person& p) { p.parameters.purpose = "advertising"; }), "purpose_not_allowed");
  EXPECT_EQ(ask([](Person& p) { p.parameters.values.clear(); }), "value_missing");
  EXPECT_EQ(sizes.size(), 1U);
}

TEST(Enclave, ChildThatDiesIsARefusalOfTheSameSize) {
  if (sanitized) GTEST_SKIP() << "needs a build without sanitizers: children have no memory limit under them";
  auto configuration = World::quick();
  World world(configuration);
  Person person(world);
  person.stanza = "enclave";
  const std::size_t size = person.ask().size;
  configuration.child_memory_max = std::uint64_t{64} << 20;
  World tight(configuration);
  Person unlucky(tight);
  unlucky.stanza = "enclave";
  // One line as long as a line may be, which needs more memory than there is.
  unlucky.data = good_vcf.substr(0, good_vcf.find("22\t5030")) + "22\t5\t.\tG\tA\t.\tPASS\t" + std::string(7 << 20, 'A');
  const auto told = unlucky.ask();
  if (told.reason != "enclave_failed") GTEST_SKIP() << "needs a smaller process than this to run out of memory: " << told.reason;
  EXPECT_EQ(told.size, size);
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
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_request = [](protocol::Request& r) { r.model_digest[0] ^= 1; }; }), "model_unknown");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_request = [](protocol::Request& r) { r.not_after = Time::from_seconds(1'000); }; }), "request_expired");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_request = [](protocol::Request& r) { r.core_digest[0] ^= 1; }; }), "[failed]");
    EXPECT_EQ(ask(stanza, [](Person& p) {
                auto other = p.parameters;
                other.absence = protocol::Absence::homref;
                p.inner_parameters = other.encode();
              }), "request_mismatch");
    EXPECT_EQ(ask(stanza, [&](Person& p) { p.signer = &stranger; }), "requester_not_allowed");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.rules.purpose = "research"; }), "purpose_not_allowed");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_envelope = [](Bytes& e) { e.back() ^= 1; }; }), "chunk_unauthentic");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_envelope = [](Bytes& e) { e.resize(e.size() - 65'536 - 16); }; }), "envelope_truncated");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_envelope = [](Bytes& e) { e.resize(40); }; }), "[failed]");
    EXPECT_EQ(ask(stanza, [](Person& p) { p.change_envelope = [](Bytes& e) { e[0] ^= 1; }; }), "[failed]");
  }
  EXPECT_EQ(ask("live", [](Person& p) { p.parameters.output_form = OutputForm::table; }), "output_not_allowed");
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
  EXPECT_EQ(second.ask().reason, "uses_exhausted");
  world.change_broker = [](const http::ServerRequest&, http::ServerResponse& response) { response = {.status = 200, .body = {1, 2, 3}}; };
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
    person.parameters = {.input = protocol::Input::table, .purpose = "risk-score", .output_form = OutputForm::table, .rows_class = 1};
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
  EXPECT_EQ(world.call({wire::encode_frame(wire::FrameType::score, View(Bytes(100))), wire::encode_frame(wire::FrameType::end, {})}).word, Word::failed);
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

// Silent is a module whose generator gives one byte for ever.
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
  const auto booted = Enclave::boot({.nsm = std::make_unique<Stuck>(nsm), .configuration = {}, .models = Models::of({example()}).value(), .broker = {}});
  EXPECT_EQ(test::reason_of(booted), "entropy_unavailable");
}

}  // namespace
}  // namespace glovebox::enclave
