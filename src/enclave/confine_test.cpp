#include "enclave/confine.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>

#include "base/secret.h"
#include "enclave/template_process.h"
#include "scan/workers.h"
#include "support.h"

namespace glovebox::enclave {
namespace {

// ends_with runs something in a confined process and says how that ended: "exit N" or "signal N".
template <class Run>
std::string ends_with(Run&& run, std::uint64_t memory_max = std::uint64_t{1} << 32, std::uint64_t cpu_seconds = 60) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int pipe = ::open("/dev/null", O_RDWR);
    if (!confine({.keep_fd = pipe, .memory_max = memory_max, .cpu_seconds = cpu_seconds})) ::_exit(99);
    ::_exit(run(pipe));
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status))
                           : "signal " + std::to_string(WTERMSIG(status));
}

TEST(Confine, LeavesThePipeAndMemory) {
  EXPECT_EQ(ends_with([](int pipe) {
              void* memory = std::malloc(std::size_t{64} << 20);  // mmap
              if (memory == nullptr) return 1;
              std::free(memory);
              for (int i = 0; i < 10'000; ++i) {  // brk
                void* volatile small = std::malloc(1'000);
                if (small == nullptr) return 2;
              }
              return ::write(pipe, "x", 1) == 1 ? 0 : 3;
            }),
            "exit 0");
  EXPECT_EQ(ends_with([](int) {
              void* const pages = ::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return pages == MAP_FAILED || ::madvise(pages, 8192, MADV_DONTNEED) != 0;
            }),
            "exit 0");
}

TEST(Confine, ClosesEverythingElse) {
  EXPECT_EQ(ends_with([](int pipe) {
              for (int fd = 0; fd < 64; ++fd)
                if (fd != pipe && ::write(fd, "x", 1) == 1) return 1;
              return 0;
            }),
            "exit 0");
}

TEST(Confine, KillsForAnyOtherCall) {
  if (sanitized) GTEST_SKIP() << "needs a build without sanitizers, whose own calls are let through";
  const std::string killed = "signal " + std::to_string(SIGSYS);
  EXPECT_EQ(ends_with([](int) { return ::open("/etc/passwd", O_RDONLY); }), killed);
  EXPECT_EQ(ends_with([](int) { return ::socket(AF_UNIX, SOCK_STREAM, 0); }), killed);
  EXPECT_EQ(ends_with([](int) { return static_cast<int>(::fork()); }), killed);
  EXPECT_EQ(ends_with([](int) { return ::kill(::getppid(), 0); }), killed);
  EXPECT_EQ(ends_with([](int pipe) { return ::ftruncate(pipe, 0); }), killed);
  EXPECT_EQ(ends_with([](int) {
              return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
            }),
            killed);
  EXPECT_EQ(ends_with([](int pipe) { return ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, pipe, 0) == MAP_FAILED; }),
            killed);
  for (const int advice : {MADV_HWPOISON, MADV_MERGEABLE, MADV_WILLNEED})
    EXPECT_EQ(ends_with([advice](int) {
                static char page[8192];
                return ::madvise(page, sizeof page, advice);
              }),
              killed);
}

TEST(Confine, BoundsMemoryAndTime) {
  if (sanitized) GTEST_SKIP() << "needs a build without sanitizers, which reserve all of the address space";
  EXPECT_EQ(ends_with([](int) { return std::malloc(std::size_t{2} << 30) == nullptr ? 0 : 1; }, std::size_t{1} << 30),
            "exit 0");
  const std::string ended = ends_with(
      [](int) -> int {
        for (;;) asm volatile("");
      },
      std::uint64_t{1} << 32, 1);
  EXPECT_EQ(ended, "signal " + std::to_string(SIGKILL));
}

// Do is a shift that runs something once, in each thread.
class Do final : public scan::Workers::Shift {
 public:
  explicit Do(std::function<void()> what) : what_(std::move(what)) {}
  void serve() override { what_(); }

 private:
  std::function<void()> what_;
};

// ends_beside is ends_with, for what other threads do that were there before the confinement: the first one waits.
std::string ends_beside(const std::function<void()>& what, std::uint64_t cpu_seconds = 60) {
  const pid_t child = ::fork();
  if (child == 0) {
    const int pipe = ::open("/dev/null", O_RDWR);
    auto& workers = *new scan::Workers(2);
    Do work(what);
    if (workers.number() != 2) ::_exit(98);
    if (!confine({.keep_fd = pipe, .memory_max = std::uint64_t{1} << 32, .cpu_seconds = cpu_seconds, .threads = true}))
      ::_exit(99);
    for (int i = 0; i < 100; ++i) {
      workers.begin(work);
      workers.end();
    }
    workers.begin(work);
    std::mutex never;
    std::unique_lock lock(never);
    std::condition_variable nobody;
    nobody.wait(lock, [] { return false; });
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? "exit " + std::to_string(WEXITSTATUS(status))
                           : "signal " + std::to_string(WTERMSIG(status));
}

TEST(Confine, HoldsForEveryThread) {
  std::atomic<int> turns = 0;  // of the process that is forked
  EXPECT_EQ(ends_beside([&turns] {
              if (++turns == 2) ::_exit(7);
            }),
            "exit 7");
  if (sanitized) GTEST_SKIP() << "needs a build without sanitizers, whose own calls are let through";
  const std::string killed = "signal " + std::to_string(SIGSYS);
  EXPECT_EQ(ends_beside([] { ::raise(SIGSEGV); }), killed) << "raise is a call too";
  EXPECT_EQ(ends_beside([] { ::open("/etc/passwd", O_RDONLY); }), killed);
  EXPECT_EQ(ends_beside([] { ::socket(AF_UNIX, SOCK_STREAM, 0); }), killed);
  EXPECT_EQ(ends_beside([] {
              pthread_t another;
              ::pthread_create(&another, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
            }),
            killed);
  EXPECT_EQ(ends_beside([] { *static_cast<volatile int*>(nullptr) = 1; }), "signal " + std::to_string(SIGSEGV));
  EXPECT_EQ(ends_beside(
                [] {
                  for (;;) asm volatile("");
                },
                1),
            "signal " + std::to_string(SIGKILL));  // the bound is over all threads' time
  // Waiting on memory that other processes share, and whatever else futex can do.
  static std::uint32_t word = 0;
  for (const int operation : {FUTEX_WAIT, FUTEX_WAKE, FUTEX_LOCK_PI_PRIVATE, FUTEX_CMP_REQUEUE_PRIVATE})
    EXPECT_EQ(ends_beside([operation] { ::syscall(SYS_futex, &word, operation, 1, nullptr, nullptr, 0); }), killed);
}

TEST(Confine, OneThreadHasNoFutex) {
  if (sanitized) GTEST_SKIP() << "needs a build without sanitizers, whose own calls are let through";
  static std::uint32_t word = 0;
  EXPECT_EQ(ends_with([](int) {
              return static_cast<int>(::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0));
            }),
            "signal " + std::to_string(SIGSYS));
}

TEST(TemplateProcess, MakesChildrenThatEndWithTheirHandle) {
  auto made = TemplateProcess::start([](int pipe) {
    for (char byte = 0; ::read(pipe, &byte, 1) == 1;) {
      byte = static_cast<char>(byte + 1);
      if (::write(pipe, &byte, 1) != 1) break;
    }
    ::_exit(0);
  });
  ASSERT_TRUE(made);
  std::vector<Child> children;
  for (int i = 0; i < 5; ++i) {
    auto child = made->spawn();
    ASSERT_TRUE(child) << describe(child.error());
    children.push_back(std::move(*child));
  }
  for (std::size_t i = 0; i < children.size(); ++i) {
    char byte = static_cast<char>(i);
    ASSERT_EQ(::write(children[i].pipe.get(), &byte, 1), 1);
    ASSERT_EQ(::read(children[i].pipe.get(), &byte, 1), 1);
    EXPECT_EQ(byte, static_cast<char>(i + 1));
  }
  const Fd pipe(::dup(children[0].pipe.get()));
  children.clear();
  char byte = 0;
  EXPECT_EQ(::read(pipe.get(), &byte, 1), 0);  // killed: its end of the pipe is closed
}

TEST(TemplateProcess, AChildHoldsNothingMadeAfterTheTemplate) {
  static Secret<32> secret(Array<32>{});  // stands for a key of PID 1
  auto made = TemplateProcess::start([](int pipe) {
    char asked = 0;
    const char known = secret.expose()[0] == 0 ? 'n' : 'y';
    ::_exit(::read(pipe, &asked, 1) == 1 && ::write(pipe, &known, 1) == 1 ? 0 : 1);
  });
  ASSERT_TRUE(made);
  secret = Secret<32>(Array<32>{7, 7, 7});
  auto child = made->spawn();
  ASSERT_TRUE(child);
  char said = '?';
  ASSERT_EQ(::write(child->pipe.get(), &said, 1), 1);
  ASSERT_EQ(::read(child->pipe.get(), &said, 1), 1);
  EXPECT_EQ(said, 'n');
}

}  // namespace
}  // namespace glovebox::enclave
