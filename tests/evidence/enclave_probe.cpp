// enclave_probe: what launcher_test starts as an enclave: looks around and writes what it sees. Arguments: FILE MODE.
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>

#include "attestation/nitro_document.h"
#include "attester/attester.h"

extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "detect_leaks=0";
}  // it would need ptrace

namespace {
void stop(int) {
  ::_exit(9);
}

int count_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 256; ++fd) count += ::fcntl(fd, F_GETFD) != -1 ? 1 : 0;
  return count;
}

int count_interfaces() {
  std::ifstream file("/proc/self/net/dev");
  int lines = 0;
  for (std::string line; std::getline(file, line);) ++lines;
  return lines - 2;
}
}  // namespace

int main(int argc, char** argv) {
  using namespace glovebox;
  if (argc != 3) return 2;
  const std::string mode = argv[2];
  if (mode == "wait") {
    ::signal(SIGTERM, stop);
    std::ofstream(argv[1]) << "ready\n";
    for (;;) ::pause();
  }
  if (mode == "abort") ::raise(SIGKILL);
  const int descriptors = count_descriptors();
  auto transport = attester::adopt_socket(3);
  if (!transport) return 3;
  auto nsm = attester::NsmAttester::create(std::move(*transport));
  if (!nsm || !(*nsm)->measure_inputs(std::vector<Digest>{Digest{1}}, Digest{2})) return 4;
  const auto document = (*nsm)->nsm().attest({});
  if (!document) return 5;
  const auto claims = attestation::parse_unverified(*document)->claims;
  rlimit core{};
  ::getrlimit(RLIMIT_CORE, &core);
  errno = 0;
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  const int traced = errno;
  std::ofstream out(argv[1]);
  out << "pcr0 " << to_hex(claims.pcrs.at(0)) << "\npcrs " << claims.pcrs.size() << "\ncore " << core.rlim_cur
      << "\nenvironment " << (environ[0] == nullptr ? "empty" : environ[0]) << "\ndescriptors " << descriptors
      << "\nptrace " << (traced == EPERM ? "refused" : "allowed") << "\npid " << ::getpid() << "\ninterfaces "
      << count_interfaces() << "\n";
  return 42;
}
