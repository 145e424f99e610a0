// world.h: everything around an enclave, in one process: a virtual security module below it, a broker behind it, and a
// host that carries frames.
#pragma once
#include <sys/socket.h>

#include <thread>

#include "broker/api.h"
#include "bundle/pack.h"
#include "crypto/init.h"
#include "devnsm/virtual_nsm.h"
#include "enclave/enclave.h"
#include "support.h"

namespace glovebox::enclave::testing {

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

inline bundle::Bundle example() {
  const auto folder = test::vectors() / "bundle";
  return bundle::load(bundle::pack(text_of(test::read(folder / "manifest.toml")), test::read(folder / "features.tsv"),
                                   test::read(test::vectors() / "model/logistic-ubj.ubj"))
                          .value())
      .value();
}

inline attestation::Pcrs registers() {
  attestation::Pcr value;
  value.fill(7);
  return {{0, value}, {1, value}, {2, attestation::no_ramdisk()}};
}

inline const std::string good_vcf =
    "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n##contig=<ID=22,length=51304566>\n"
    "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tSOMEONE\n"
    "1\t1000\t.\tC\tT\t.\tPASS\t.\tGT\t0/0\n22\t50300078\t.\tG\tA\t.\tPASS\t.\tGT\t0/1\n";

inline Parameters good_parameters() {
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
    const Status made =
        broker::Broker::init(folder.path / "broker", {root.certificate().digest()}, now.plus_seconds(-60), 365);
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
    return {
        .upload_max = 8 << 20, .inflated_max = 64 << 20, .requests_max = 8, .sessions_max = 32, .request_seconds = 30};
  }

  Result<std::unique_ptr<http::Stream>> connect() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return fail(Reject::unreachable);
    const std::lock_guard lock(threads_mutex);
    threads.emplace_back([this, socket = ends[1]] {
      const auto stream = http::adopt(socket);
      (void)http::answer_one(*stream,
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
        if ((*frame)->type == wire::FrameType::reply)
          out.reply.insert(out.reply.end(), (*frame)->payload.begin(), (*frame)->payload.end());
        if ((*frame)->type == wire::FrameType::status) {
          out.word = wire::word_of(**frame);
          out.ended = true;
        }
      }
    }
    sending.join();
    stream->close_write();
    serving.join();
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

}  // namespace glovebox::enclave::testing
