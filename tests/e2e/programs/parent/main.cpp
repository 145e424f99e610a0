// glovebox-test-parent: the parent instance of an enclave that runs in QEMU's nitro-enclave machine, for tests: its
// vsock, its heartbeat, and a signature under a test root where the platform's would be (resign.h).
#include <signal.h>

#include <cstdio>
#include <cstring>
#include <thread>

#include "crypto/init.h"
#include "resign.h"
#include "sockets.h"
#include "vsock.h"

namespace {
using namespace glovebox;

constexpr const char* help =
    "glovebox-test-parent --base PATH --root FOLDER [--kept FOLDER] [--heartbeat no|silent|wrong] [--flood PACKETS]\n"
    "  PATH.vhost   QEMU connects here (-chardev socket,path=PATH.vhost)\n"
    "  PATH.sock    the enclave, for glovebox-host --enclave unix:PATH.sock\n"
    "  PATH.proxy   the host's --proxy, for the enclave's way out\n";

struct Options {
  std::string base, root, kept, heartbeat = "yes";
  std::size_t flood = 0;
};

// heartbeat answers on port 9000 as nitro-cli does, or lies.
void heartbeat(int listener, const std::string& how) {
  for (;;) {
    const int one = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (one < 0) continue;
    Array<1> beat{};
    (void)!::read(one, beat.data(), 1);
    std::fprintf(stderr, "glovebox-test-parent: heartbeat 0x%02x\n", beat[0]);
    if (how == "wrong") beat[0] = 0x7b;
    if (how == "silent") continue;  // held open for as long as this runs
    parent::send_all(one, beat);
    ::shutdown(one, SHUT_WR);
    (void)!::read(one, beat.data(), 1);
    ::close(one);
  }
}

Status run(const Options& options) {
  ::signal(SIGPIPE, SIG_IGN);
  GLOVEBOX_CHECK(crypto::start());
  GLOVEBOX_TRY(root, devnsm::TestRoot::open(options.root, system_now()));
  parent::Resigner resigner(std::move(root), options.kept);
  if (options.heartbeat != "no") {
    const int listener = parent::listen_on(options.base + "_9000");
    std::thread(heartbeat, listener, options.heartbeat).detach();
  }
  GLOVEBOX_CHECK(parent::relay_proxy(options.base + "_5006", options.base + ".proxy", resigner));
  const int calls = parent::listen_on(options.base + ".5005");
  const int qemu = parent::listen_on(options.base + ".vhost");
  if (calls < 0 || qemu < 0) return fail(Reject::unreachable, options.base, "a path for sockets");
  GLOVEBOX_CHECK(parent::relay_calls(options.base + ".sock", options.base + ".5005", resigner));
  std::fprintf(stderr, "glovebox-test-parent: ready\n");
  const int one = ::accept4(qemu, nullptr, nullptr, SOCK_CLOEXEC);
  if (one < 0) return fail(Reject::unreachable, options.base + ".vhost");
  parent::Vsock(one, calls, {.base = options.base, .flood = options.flood}).run();
  return {};
}
}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view word = argv[i];
    if (word == "--base") options.base = argv[i + 1];
    if (word == "--root") options.root = argv[i + 1];
    if (word == "--kept") options.kept = argv[i + 1];
    if (word == "--heartbeat") options.heartbeat = argv[i + 1];
    if (word == "--flood") options.flood = std::stoul(argv[i + 1]);
  }
  if (options.base.empty() || options.root.empty()) {
    std::fputs(help, stderr);
    return 2;
  }
  const auto done = run(options);
  if (!done) std::fprintf(stderr, "glovebox-test-parent: %s\n", describe(done.error()).c_str());
  std::fflush(stderr);
  ::_exit(done ? 0 : 1);  // the relays' threads do not end by themselves
}
