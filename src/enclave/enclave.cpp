#include "enclave/enclave.h"

#include <malloc.h>
#include <poll.h>

#include <cerrno>
#include <system_error>
#include <thread>

#include "attestation/nitro_document.h"
#include "crypto/random.h"
#include "enclave/child.h"
#include "scan/crew.h"

namespace glovebox::enclave {
namespace {

constexpr std::size_t entropy_size = 1024;
constexpr std::size_t connections_beside_scores = 64;  // that ask for evidence or information, or have said nothing yet
constexpr auto first_frame_wait = std::chrono::seconds(10);
constexpr auto reply_wait = std::chrono::seconds(60);
constexpr auto linger_wait = std::chrono::seconds(2);
constexpr int poll_milliseconds = 1000;

// The root of the real platform; verifier/aws_root.h pins the same for those who appraise. Here it decides only what a
// receipt says of itself.
constexpr std::string_view aws_root = "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b";

Status mix_entropy(attester::Nsm& nsm) {
  SecretBytes bytes(entropy_size);
  if (auto drawn = nsm.random(bytes.expose_mutable()); !drawn)
    return fail(Reject::entropy_unavailable, describe(drawn.error()), "random bytes of the security module");
  if (std::ranges::count(bytes.expose(), bytes.expose()[0]) == static_cast<std::ptrdiff_t>(entropy_size))
    return fail(Reject::entropy_unavailable, "a security module that gives one byte over and over", "random bytes");
  return crypto::mix_random(bytes.expose());
}

Result<bool> on_test_root(attester::NsmAttester& attester) {
  GLOVEBOX_TRY(bytes, attester.nsm().attest({}));
  GLOVEBOX_TRY(claims, attestation::parse_own(bytes));
  return to_hex(crypto::sha256(claims.cabundle.front())) != aws_root;  // never empty in a document that parses
}

// A configuration is refused where its threads would not fit: wire's bound must hold what scan takes.
constexpr bool threads_fit() {
  for (std::size_t n = 0; n <= scan::threads_max; ++n)
    if (scan::crew_bytes(n) > wire::threads_memory(n)) return false;
  return true;
}
static_assert(threads_fit());

// child_threads: what the configuration says, or the cores there are, as far as a child has room.
std::uint32_t child_threads(const wire::Configuration& configuration) {
  if (configuration.child_threads != 0) return static_cast<std::uint32_t>(configuration.child_threads);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(
      {scan::cores(), wire::default_child_threads_max, wire::threads_that_fit(configuration.child_memory_max)}));
}

// Count holds one place of a bounded number, or none.
class Place {
 public:
  Place(std::atomic<std::size_t>& count, std::size_t max) : count_(count), has_(count.fetch_add(1) < max) {}
  ~Place() { count_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  explicit operator bool() const { return has_; }

 private:
  std::atomic<std::size_t>& count_;
  bool has_;
};

}  // namespace

Enclave::Enclave(std::unique_ptr<attester::NsmAttester> attester, TemplateProcess children, Setup setup)
    : attester_(std::move(attester)),
      children_(std::move(children)),
      models_(std::move(setup.models)),
      configuration_(setup.configuration),
      sessions_(configuration_.sessions_max),
      shared_{.attester = *attester_,
              .children = children_,
              .sessions = sessions_,
              .models = models_,
              .configuration = configuration_,
              .context = {.configuration = crypto::sha256(wire::encode(configuration_)), .models = models_.digests()},
              .development = true,
              .child_threads = child_threads(configuration_),
              .broker = std::move(setup.broker)} {}

Result<std::unique_ptr<Enclave>> Enclave::boot(Setup setup) {
  GLOVEBOX_CHECK(wire::check(setup.configuration));
  GLOVEBOX_TRY(attester, attester::NsmAttester::create(std::move(setup.nsm)));
  GLOVEBOX_CHECK(attester->measure_inputs(setup.models.digests(), crypto::sha256(wire::encode(setup.configuration))));
  const auto held = ::mallinfo2();
  if (held.uordblks + held.hblkhd > setup.configuration.child_memory_max / 2)
    return fail(Reject::config_invalid, std::to_string(held.uordblks + held.hblkhd) + " bytes of models",
                "at most half of child_memory_max, " + std::to_string(setup.configuration.child_memory_max));
  // The models lie in the template's memory from here on; PID 1 keeps only what finds them.
  GLOVEBOX_TRY(children, TemplateProcess::start([&setup](int pipe) { run_child(pipe, setup.models); }));
  // Only now: the fork copied the generator's state, from which a child that was taken over could compute every key
  // that PID 1 is going to make. What is mixed in here, and the kernel's bytes with it, no child has seen.
  GLOVEBOX_CHECK(mix_entropy(attester->nsm()));
  GLOVEBOX_TRY(development, on_test_root(*attester));
  auto enclave = std::unique_ptr<Enclave>(new Enclave(std::move(attester), std::move(children), std::move(setup)));
  enclave->shared_.development = development;
  return enclave;
}

Bytes Enclave::info() const {
  wire::Info info{.version = GLOVEBOX_VERSION, .models = {}, .configuration = wire::encode(configuration_)};
  for (const auto& bundle : models_.all())
    info.models.push_back({.name = bundle.manifest.name, .digest = bundle.digest});
  return wire::encode(info);
}

Result<Reply> Enclave::score(Connection& connection, View signed_request) {
  const Place place(scoring_, configuration_.requests_max);
  if (!place) return Reply{wire::Word::busy, {}};
  const auto deadline = http::Deadline::in(std::chrono::seconds(configuration_.request_seconds));
  return ScoreCall(shared_, connection, deadline).run(signed_request);
}

void Enclave::call(Connection& connection) {
  const auto answer_by = [] { return http::Deadline::in(reply_wait); };
  const auto first = connection.next(http::Deadline::in(first_frame_wait));
  if (!first) {
    const auto word = first.error().reason == Reject::deadline ? wire::Word::deadline : wire::Word::failed;
    (void)connection.reply({}, word, answer_by());
    return;
  }
  switch (first->type) {
    case wire::FrameType::info: {
      (void)connection.reply(info(), wire::Word::ok, answer_by());
      return;
    }
    case wire::FrameType::evidence: {
      auto session = make_session(shared_, first->payload);
      const Bytes evidence = session ? session->evidence : Bytes();
      if (session) sessions_.add(std::move(*session));
      (void)connection.reply(evidence, session ? wire::Word::ok : wire::Word::failed, answer_by());
      return;
    }
    case wire::FrameType::score: {
      // The place is free before the host hears that the call has ended: its next request must find it so.
      if (const auto reply = score(connection, first->payload))
        (void)connection.reply(reply->bytes, reply->word, answer_by());
      return;
    }
    default:
      (void)connection.reply({}, wire::Word::failed, answer_by());
  }
}

void Enclave::handle(Fd socket) {
  Connection connection(http::adopt(socket.release()));
  const Place place(connections_, configuration_.requests_max + connections_beside_scores);
  if (place)
    call(connection);
  else
    (void)connection.reply({}, wire::Word::busy, http::Deadline::in(std::chrono::seconds(1)));
  connection.linger(http::Deadline::in(linger_wait));
}

Status Enclave::serve(const Listener& listener) {
  const auto running = std::make_shared<std::atomic<std::size_t>>(0);  // outlives every thread
  const std::size_t threads_max = configuration_.requests_max + 2 * connections_beside_scores;
  while (!stopping_) {
    pollfd events[] = {{listener.fd(), POLLIN, 0}, {children_.control(), POLLIN, 0}};
    if (::poll(events, 2, poll_milliseconds) < 0 && errno != EINTR) return fail(Reject::internal, "poll");
    sessions_.expire();
    if ((events[1].revents & POLLHUP) != 0) return fail(Reject::internal, "the template process ended");
    if (*running >= threads_max) {  // the backlog waits
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    auto connection = listener.accept();
    if (!connection) {
      // Out of descriptors, perhaps, while one waits: not to be asked again and again until some are given back.
      if ((events[0].revents & POLLIN) != 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
      continue;
    }
    ++*running;
    try {
      std::thread([this, running, socket = std::move(*connection)]() mutable {
        handle(std::move(socket));
        --*running;
        running->notify_all();
      }).detach();
    } catch (const std::system_error&) {  // no thread: the host sees its connection end
      --*running;
    }
  }
  for (std::size_t n = *running; n > 0; n = *running) running->wait(n);
  return {};
}

}  // namespace glovebox::enclave
