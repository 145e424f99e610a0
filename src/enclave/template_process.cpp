#include "enclave/template_process.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "enclave/confine.h"

namespace glovebox::enclave {
namespace {

constexpr char word_spawn = 's';
constexpr char word_done = 'd';
constexpr char word_failed = 'f';

int open_process(pid_t process) {
  return static_cast<int>(::syscall(SYS_pidfd_open, process, 0U));
}

// send_word sends one byte, with a descriptor where there is one.
bool send_word(int socket, char word, int fd = -1) {
  iovec bytes = {&word, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  }
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

struct Word {
  char word = 0;  // 0: the other side is gone
  Fd fd;
};

Word receive_word(int socket) {
  Word out;
  iovec bytes = {&out.word, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &bytes;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t got = 0;
  do got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got != 1) return {};
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) continue;
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
    out.fd.reset(fd);
  }
  return out;
}

[[noreturn]] void serve(int control, const TemplateProcess::ChildMain& child_main) {
  const pid_t self = ::getpid();
  for (;;) {
    Word request = receive_word(control);
    if (request.word == 0) ::_exit(0);  // PID 1 is gone
    if (request.word != word_spawn || !request.fd) {
      if (!send_word(control, word_failed)) ::_exit(1);
      continue;
    }
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(control);
      die_with(self);
      child_main(request.fd.get());
      ::_exit(1);
    }
    const Fd process(child > 0 ? open_process(child) : -1);
    if (!send_word(control, process ? word_done : word_failed, process.get())) ::_exit(1);
  }
}

}  // namespace

Child::~Child() {
  kill();
}

void Child::kill() {
  if (process) ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0U);
  process.reset();
  pipe.reset();
}

Result<TemplateProcess> TemplateProcess::start(ChildMain child_main) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(Reject::out_of_resources, std::string("socketpair: ") + std::strerror(errno));
  Fd ours(ends[0]);
  Fd theirs(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process < 0) return fail(Reject::out_of_resources, std::string("fork: ") + std::strerror(errno));
  if (process == 0) {
    close_all_but(theirs.get());
    no_dumps();
    die_with(parent);
    ::signal(SIGCHLD, SIG_IGN);  // children are reaped as they end
    ::signal(SIGPIPE, SIG_IGN);
    ::prctl(PR_SET_NAME, "glovebox-template", 0, 0, 0);
    serve(theirs.get(), child_main);
  }
  TemplateProcess out;
  out.control_ = std::move(ours);
  out.process_.reset(open_process(process));
  return out;
}

TemplateProcess::~TemplateProcess() {
  control_.reset();
  if (!process_) return;
  ::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0U);
  siginfo_t info;
  ::waitid(P_PIDFD, static_cast<id_t>(process_.get()), &info, WEXITED);
}

Result<Child> TemplateProcess::spawn() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    return fail(Reject::out_of_resources, std::string("socketpair: ") + std::strerror(errno));
  Child child;
  child.pipe.reset(ends[0]);
  const Fd theirs(ends[1]);
  const std::lock_guard lock(*mutex_);
  if (!send_word(control_.get(), word_spawn, theirs.get()))
    return fail(Reject::internal, "the template process is gone");
  Word answer = receive_word(control_.get());
  if (answer.word == 0) return fail(Reject::internal, "the template process is gone");
  if (answer.word != word_done || !answer.fd) return fail(Reject::out_of_resources, "no child");
  child.process = std::move(answer.fd);
  return child;
}

}  // namespace glovebox::enclave
