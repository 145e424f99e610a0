#include "enclave/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

namespace glovebox::enclave {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "confine.cpp knows x86-64 and AArch64"
#endif

// What the child needs: its pipe, its end, and the calls by which malloc gets and returns memory.
constexpr std::array allowed = {SYS_read, SYS_write, SYS_exit, SYS_exit_group, SYS_brk, SYS_munmap, SYS_mremap};
// What sanitizers' run-time libraries call beside these; the pipe is how UBSan asks whether memory can be read.
// ThreadSanitizer has a thread of its own, which may take its first steps (rseq, set_robust_list) under the filter.
constexpr std::array allowed_sanitized = {SYS_futex,       SYS_sched_yield, SYS_getpid,         SYS_gettid,
                                          SYS_sigaltstack, SYS_mprotect,    SYS_rt_sigprocmask, SYS_clock_gettime,
                                          SYS_madvise,
#if defined(SYS_pipe)
                                          SYS_pipe,
#endif
                                          SYS_pipe2,       SYS_close,       SYS_rseq,           SYS_set_robust_list};

// By which threads of one process wait for each other's words (mutex, condition variable): on memory that is theirs
// alone, in no queue but its own.
constexpr std::array allowed_futex = {FUTEX_WAIT_PRIVATE, FUTEX_WAKE_PRIVATE, FUTEX_WAIT_BITSET_PRIVATE,
                                      FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME};

using Instruction = sock_filter;
constexpr Instruction load(std::size_t offset) {
  return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
constexpr Instruction skip_unless_equal(std::uint32_t value, std::uint8_t instructions) {
  return {BPF_JMP | BPF_JEQ | BPF_K, 0, instructions, value};
}
constexpr Instruction skip_if_equal(std::uint32_t value, std::uint8_t instructions) {
  return {BPF_JMP | BPF_JEQ | BPF_K, instructions, 0, value};
}
constexpr Instruction skip_if_any_bit(std::uint32_t bits, std::uint8_t instructions) {
  return {BPF_JMP | BPF_JSET | BPF_K, instructions, 0, bits};
}
constexpr Instruction give(std::uint32_t verdict) {
  return {BPF_RET | BPF_K, 0, 0, verdict};
}

std::vector<Instruction> filter(bool threads) {
  const std::uint32_t refuse = sanitized ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_KILL_PROCESS;
  std::vector<Instruction> out = {
      load(offsetof(seccomp_data, arch)),
      skip_if_equal(architecture, 1),
      give(SECCOMP_RET_KILL_PROCESS),
      load(offsetof(seccomp_data, nr)),
  };
  const auto allow = [&](auto number) {
    out.push_back(skip_unless_equal(static_cast<std::uint32_t>(number), 1));
    out.push_back(give(SECCOMP_RET_ALLOW));
  };
  for (const auto number : allowed) allow(number);
  if (sanitized)
    for (const auto number : allowed_sanitized) allow(number);
  constexpr std::size_t arguments = offsetof(seccomp_data, args);
  if (threads && !sanitized) {
    out.push_back(skip_unless_equal(SYS_futex, 2 + 2 * allowed_futex.size()));
    out.push_back(load(arguments + 1 * 8));
    for (const auto operation : allowed_futex) {
      out.push_back(skip_unless_equal(static_cast<std::uint32_t>(operation), 1));
      out.push_back(give(SECCOMP_RET_ALLOW));
    }
    out.push_back(give(refuse));
  }
  // madvise to give memory back, as malloc does; MADV_HWPOISON, which the enclave's root may ask for, would take pages
  // away from the template and from other children, who share them.
  out.push_back(skip_unless_equal(SYS_madvise, 4));
  out.push_back(load(arguments + 2 * 8));
  out.push_back(skip_unless_equal(MADV_DONTNEED, 1));
  out.push_back(give(SECCOMP_RET_ALLOW));
  out.push_back(give(refuse));
  // mmap of fresh memory that cannot be executed; never of a file.
  out.push_back(skip_unless_equal(SYS_mmap, 4));
  out.push_back(load(arguments + 2 * 8));
  out.push_back(skip_if_any_bit(PROT_EXEC, 2));
  out.push_back(load(arguments + 3 * 8));
  out.push_back(skip_if_any_bit(MAP_ANONYMOUS, 1));
  out.push_back(give(refuse));
  out.push_back(give(SECCOMP_RET_ALLOW));
  return out;
}

Status limit(decltype(RLIMIT_AS) resource, std::uint64_t value) {
  const rlimit bound = {value, value};
  if (::setrlimit(resource, &bound) != 0)
    return fail(Reject::internal, std::string("setrlimit: ") + std::strerror(errno));
  return {};
}

}  // namespace

void close_all_but(int keep_fd) {
  const auto keep = static_cast<unsigned>(keep_fd);
  if (keep > 0) ::syscall(SYS_close_range, 0U, keep - 1, 0U);
  ::syscall(SYS_close_range, keep + 1, ~0U, 0U);
}

void no_dumps() {
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none = {0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

void die_with(int parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (::getppid() != parent) ::_exit(1);  // it ended before the line above
}

Status confine(const Confinement& confinement) {
  close_all_but(confinement.keep_fd);
  no_dumps();
  if (!sanitized) GLOVEBOX_CHECK(limit(RLIMIT_AS, confinement.memory_max));
  GLOVEBOX_CHECK(limit(RLIMIT_CPU, confinement.cpu_seconds));
  auto program = filter(confinement.threads);
  const sock_fprog load_it = {static_cast<unsigned short>(program.size()), program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return fail(Reject::internal, std::string("no_new_privs: ") + std::strerror(errno));
  // The other threads are given the same filter; a number above 0 is one that could not be.
  const long given = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &load_it);
  if (given != 0)
    return fail(Reject::internal, given > 0 ? "seccomp: a thread with a filter of its own"
                                            : std::string("seccomp: ") + std::strerror(errno));
  return {};
}

}  // namespace glovebox::enclave
