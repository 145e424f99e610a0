#include "devnsm/confine.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace glovebox::devnsm {
namespace {
// Calls that this machine's libseccomp or architecture does not know are left out: they cannot be made then.
constexpr std::array denied = {
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "mount",
    "umount2",
    "pivot_root",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "mount_setattr",
    "setns",
    "open_by_handle_at",
    "name_to_handle_at",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "quotactl_fd",
    "syslog",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "lookup_dcookie",
    "nfsservctl",
    "vhangup",
    "move_pages",
    "migrate_pages",
};

// write_small writes a file of /proc by system calls alone.
bool write_small(const std::string& path, const std::string& text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool ok = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::close(fd);
  return ok;
}

bool map_user(::pid_t pid) {
  const std::string base = "/proc/" + std::to_string(pid);
  const auto identity = [](auto id) { return std::to_string(id) + " " + std::to_string(id) + " 1"; };
  return write_small(base + "/setgroups", "deny") && write_small(base + "/uid_map", identity(::geteuid())) &&
         write_small(base + "/gid_map", identity(::getegid()));
}

::pid_t clone_with(unsigned long flags) {
  // The system call itself: only it takes namespaces. The child has a copy of everything, as after fork.
  return static_cast<::pid_t>(::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, 0UL));
}
}  // namespace

Result<Filter> Filter::create() {
  Filter filter(::seccomp_init(SCMP_ACT_ALLOW));
  if (filter.context_ == nullptr) return fail(Reject::out_of_resources, "no seccomp filter");
  for (const char* call : denied) {
    const int number = ::seccomp_syscall_resolve_name(call);
    if (number == __NR_SCMP_ERROR || number < 0) continue;
    if (const int error = ::seccomp_rule_add(filter.context_, SCMP_ACT_ERRNO(EPERM), number, 0); error != 0)
      return fail(Reject::out_of_resources, std::string("seccomp: ") + call + ": " + std::strerror(-error));
  }
  return filter;
}
Filter::~Filter() {
  if (context_ != nullptr) ::seccomp_release(context_);
}
Filter::Filter(Filter&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
bool Filter::load() const {
  return ::seccomp_load(context_) == 0;
}

Result<Forked> fork_apart() {
  constexpr unsigned long apart = CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID;
  int go[2];
  if (::pipe2(go, O_CLOEXEC) != 0) return fail(Reject::out_of_resources, std::strerror(errno));
  Forked out{.separate = true};
  bool mapped = false;
  out.pid = clone_with(apart);  // works as root
  if (out.pid < 0) {
    out.pid = clone_with(apart | CLONE_NEWUSER);
    mapped = out.pid > 0;
  }
  if (out.pid < 0) {
    out.separate = false;
    out.why = std::strerror(errno);
    out.pid = clone_with(0);
  }
  if (out.pid < 0) return fail(Reject::out_of_resources, std::strerror(errno));
  if (out.pid == 0) {
    ::close(go[1]);
    char byte = 0;
    while (::read(go[0], &byte, 1) < 0 && errno == EINTR) {
    }
    ::close(go[0]);
    if (byte != 'g') ::_exit(127);
    return out;
  }
  ::close(go[0]);
  // An unmapped user would own nothing; such a child is ended by the closing pipe.
  const bool good = (!mapped || map_user(out.pid)) && ::write(go[1], "g", 1) == 1;
  ::close(go[1]);
  if (!good) return fail(Reject::out_of_resources, "the user of the new namespace could not be mapped");
  return out;
}

const char* settle(const Forked& self, const Filter& filter) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return "PR_SET_PDEATHSIG";
  ::setsid();
  // Where mounts can be made private, the program sees only its own processes. In a chroot they cannot; then nothing is
  // mounted, since it would show outside.
  if (self.separate && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0)
    ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return "RLIMIT_CORE";
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return "PR_SET_NO_NEW_PRIVS";
  if (!filter.load()) return "seccomp";
  return nullptr;
}

}  // namespace glovebox::devnsm
