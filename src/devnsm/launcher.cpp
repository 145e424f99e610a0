#include "devnsm/launcher.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/reader.h"
#include "crypto/hash.h"
#include "devnsm/confine.h"
#include "devnsm/virtual_nsm.h"

namespace glovebox::devnsm {
namespace {
constexpr std::size_t piece_size = std::size_t{1} << 20;
constexpr int stop_seconds_max = 10;  // from SIGTERM to SIGKILL
constexpr int program_fd = 4;         // in the child, until it executes
constexpr int cannot_execute = 127;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return fd_; }
  void reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

std::unexpected<Error> system_failure(Reject reason, std::string_view what) {
  return fail(reason, std::string(what) + ": " + std::strerror(errno));
}

// as_parent_would: PCR3 and PCR4 as SHA384(0^48 || text), from which a verifier learns role and instance.
attestation::Pcr as_parent_would(std::string_view text) {
  return attestation::extend({}, view_of(text));
}

attestation::Pcrs registers(const Array<48>& program) {
  const attestation::Pcr image = attestation::measure_digest(program);
  return {{0, image},
          {1, image},
          {2, attestation::no_ramdisk()},
          {3, as_parent_would("arn:aws:iam::000000000000:role/glovebox-development")},
          {4, as_parent_would("i-00000000000000000")}};
}

// for_each_piece reads a file from its beginning to its end.
template <class Use>
Status for_each_piece(const std::filesystem::path& path, Use&& use) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_failure(Reject::file_unreadable, path.string());
  Bytes piece(piece_size);
  std::size_t total = 0;
  for (;;) {
    const ssize_t n = ::read(file.get(), piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure(Reject::file_unreadable, path.string());
    if (n == 0) return {};
    total += static_cast<std::size_t>(n);
    if (total > program_size_max) return fail(Reject::too_large, "a larger program", "at most 512 MiB");
    GLOVEBOX_CHECK(use(View(piece).first(static_cast<std::size_t>(n))));
  }
}

struct Sealed {
  Descriptor file;
  attestation::Pcrs pcrs;
};

// seal copies the program into memory that nobody can change any more, hashing the same bytes that it writes: between
// measuring and executing there is no moment at which the file could be exchanged.
Result<Sealed> seal(const std::filesystem::path& program) {
  constexpr unsigned executable = 0x0010U;  // MFD_EXEC; kernels before 6.3 refuse it and need it not
  int fd = ::memfd_create("enclave", MFD_CLOEXEC | MFD_ALLOW_SEALING | executable);
  if (fd < 0) fd = ::memfd_create("enclave", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (fd < 0) return system_failure(Reject::out_of_resources, "memfd_create");
  Descriptor memory(fd);
  crypto::Sha384 hash;
  GLOVEBOX_CHECK(for_each_piece(program, [&](View piece) -> Status {
    hash.update(piece);
    while (!piece.empty()) {
      const ssize_t n = ::write(memory.get(), piece.data(), piece.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return system_failure(Reject::out_of_resources, "the program's copy in memory");
      piece = piece.subspan(static_cast<std::size_t>(n));
    }
    return {};
  }));
  if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return system_failure(Reject::out_of_resources, "F_ADD_SEALS");
  return Sealed{std::move(memory), registers(hash.finish())};
}

// Child is all that is left to do after fork: no allocation, no library that could hold a lock.
struct Child {
  int nsm;
  int program;
  char** argv;
  const Filter& filter;
  const sigset_t& mask;
};

[[noreturn]] void become(const Forked& self, const Child& child) {
  const auto give_up = [](const char* what) {
    ::dprintf(2, "glovebox-devnsm: the enclave could not be started: %s: %s\n", what, std::strerror(errno));
    ::_exit(cannot_execute);
  };
  // Out of the way of the numbers they are to have.
  const int nsm = ::fcntl(child.nsm, F_DUPFD, program_fd + 1);
  const int program = ::fcntl(child.program, F_DUPFD_CLOEXEC, program_fd + 1);
  if (nsm < 0 || program < 0 || ::dup2(nsm, nsm_fd) < 0 || ::dup3(program, program_fd, O_CLOEXEC) < 0) give_up("dup");
  ::syscall(SYS_close_range, static_cast<unsigned>(program_fd) + 1, ~0U, 0U);
  if (const char* step = settle(self, child.filter)) give_up(step);
  ::sigprocmask(SIG_SETMASK, &child.mask, nullptr);
  char* const no_environment[] = {nullptr};  // a real enclave gets none from its host either
  ::syscall(SYS_execveat, program_fd, "", child.argv, no_environment, AT_EMPTY_PATH);
  give_up("execveat");
  ::_exit(cannot_execute);
}

// Connection serves the frames of one enclave: u32be size || CBOR, in both directions.
class Connection {
 public:
  Connection(Descriptor socket, VirtualNsm& module) : socket_(std::move(socket)), module_(module) {}
  int fd() const { return socket_.get(); }

  // readable takes what has come and answers whole requests. A frame that is none ends the connection.
  void readable() {
    Array<4096> piece{};
    const ssize_t n = ::recv(socket_.get(), piece.data(), piece.size(), 0);
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) return socket_.reset();
    received_.insert(received_.end(), piece.begin(), piece.begin() + n);
    while (received_.size() >= 4) {
      const std::uint32_t size = Reader(received_).u32be();
      if (size > attestation::nsm::request_size_max) return socket_.reset();
      if (received_.size() - 4 < size) return;
      const Bytes response = module_.answer(View(received_).subspan(4, size));
      received_.erase(received_.begin(), received_.begin() + 4 + static_cast<std::ptrdiff_t>(size));
      Writer frame;
      frame.u32be(static_cast<std::uint32_t>(response.size())).bytes(response);
      if (!send(frame.view())) return socket_.reset();
    }
  }

 private:
  bool send(View bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return true;
  }
  Descriptor socket_;
  VirtualNsm& module_;
  Bytes received_;
};

int status_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// wait_for serves the enclave until it ends.
int wait_for(::pid_t pid, Connection& connection, int signals) {
  bool stopping = false;
  for (;;) {
    pollfd ready[2] = {{.fd = signals, .events = POLLIN, .revents = 0},
                       {.fd = connection.fd(), .events = POLLIN, .revents = 0}};
    const int polled = ::poll(ready, 2, stopping ? stop_seconds_max * 1000 : -1);
    if (polled == 0) ::kill(pid, SIGKILL);  // process 1 of its namespace ends by SIGTERM only if it wants to
    if ((ready[0].revents & POLLIN) != 0) {
      signalfd_siginfo info{};
      if (::read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info) && info.ssi_signo != SIGCHLD) {
        ::kill(pid, static_cast<int>(info.ssi_signo));
        stopping = true;
      }
    }
    if (connection.fd() >= 0 && ready[1].revents != 0) connection.readable();
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) return status_of(status);
  }
}

void say(const std::string& text) {
  std::fputs((text + "\n").c_str(), stderr);
  std::fflush(stderr);
}
}  // namespace

Result<attestation::Pcrs> measure_program(const std::filesystem::path& program) {
  crypto::Sha384 hash;
  GLOVEBOX_CHECK(for_each_piece(program, [&](View piece) -> Status {
    hash.update(piece);
    return {};
  }));
  return registers(hash.finish());
}

Result<int> run(const TestRoot& root, const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  GLOVEBOX_TRY(sealed, seal(program));
  VirtualNsm module(root, sealed.pcrs, system_now);
  GLOVEBOX_TRY(filter, Filter::create());

  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return system_failure(Reject::out_of_resources, "socketpair");
  Descriptor ours(pair[0]);
  Descriptor theirs(pair[1]);

  sigset_t watched;
  sigset_t before;
  sigemptyset(&watched);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&watched, signal);
  ::sigprocmask(SIG_BLOCK, &watched, &before);
  const Descriptor signals(::signalfd(-1, &watched, SFD_CLOEXEC));
  if (signals.get() < 0) return system_failure(Reject::out_of_resources, "signalfd");

  std::vector<std::string> words = {program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  GLOVEBOX_TRY(forked, fork_apart());
  if (forked.pid == 0)
    become(forked,
           {.nsm = theirs.get(), .program = sealed.file.get(), .argv = argv.data(), .filter = filter, .mask = before});
  theirs.reset();
  sealed.file.reset();

  say("DEVELOPMENT ENCLAVE: no hardware protection");
  say("  program   " + program.string() + "\n  PCR0      " + to_hex(sealed.pcrs.at(0)) + "\n  root      " +
      root.name() + " " + to_hex(root.certificate().digest()));
  say("  confined  seccomp, no new privileges, no core dumps; " +
      (forked.separate ? std::string("own network, mount and PID namespaces")
                       : "NOT in namespaces of its own (" + forked.why + ")"));
  Connection connection(std::move(ours), module);
  const int status = wait_for(forked.pid, connection, signals.get());
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  return status;
}

}  // namespace glovebox::devnsm
