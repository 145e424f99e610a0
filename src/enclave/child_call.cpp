#include "enclave/child_call.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/reader.h"

namespace glovebox::enclave {

Result<ChildCall> ChildCall::start(Child child, const Task& task, http::Deadline deadline) {
  ::fcntl(child.pipe.get(), F_SETFL, O_NONBLOCK);
  ChildCall call(std::move(child));
  const SecretBytes encoded = task.encode();
  GLOVEBOX_CHECK(call.push(encoded.expose(), deadline));
  return call;
}

std::size_t ChildCall::size_at(std::size_t offset) const {
  return Reader(opening_.expose().subspan(offset, 4)).u32be();
}

std::size_t ChildCall::opening_want() {
  if (opening_have_ < 4) return 4;
  const std::size_t parameters = size_at(0);
  const std::size_t policy_at = 4 + parameters;
  if (parameters > protocol::parameters_size_max)
    says_ = false;
  else if (opening_have_ < policy_at + 4)
    return policy_at + 4;
  else if (size_at(policy_at) <= opening_policy_max)
    return policy_at + 4 + size_at(policy_at);
  says_ = false;  // no child of ours says that
  return opening_max + 1;
}

bool ChildCall::opening_whole() {
  return opening_have_ >= opening_want();
}

void ChildCall::take(std::span<std::uint8_t> into, std::size_t& have, std::size_t want) {
  while (says_ && have < want) {
    const ssize_t got = ::read(child_.pipe.get(), into.data() + have, want - have);
    if (got > 0) {
      have += static_cast<std::size_t>(got);
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    says_ = false;  // it ended
  }
}

bool ChildCall::wait(bool writing, http::Deadline deadline) {
  const bool reading = says_ && !opening_whole();
  pollfd pipe = {child_.pipe.get(), 0, 0};
  if (writing) pipe.events |= POLLOUT;
  if (reading || !writing) pipe.events |= POLLIN;
  const int ready = ::poll(&pipe, 1, deadline.left());
  if (ready < 0 && errno != EINTR) return false;
  if (ready == 0 && deadline.passed()) return false;
  if (reading && (pipe.revents & (POLLIN | POLLHUP)) != 0) {
    const std::size_t want = opening_want();
    if (says_) take(opening_.expose_mutable(), opening_have_, want);
  }
  return true;
}

Status ChildCall::push(View sealed, http::Deadline deadline) {
  while (takes_ && !sealed.empty()) {
    const ssize_t sent = ::send(child_.pipe.get(), sealed.data(), sealed.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      sealed = sealed.subspan(static_cast<std::size_t>(sent));
    } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!wait(true, deadline)) return fail(Reject::deadline);
    } else if (!(sent < 0 && errno == EINTR)) {
      takes_ = false;  // it ended: the rest of the upload is taken and dropped
    }
  }
  return {};
}

ChildCall::Said ChildCall::finish(const SizeOf& size_of, http::Deadline deadline) {
  Said said;
  ::shutdown(child_.pipe.get(), SHUT_WR);
  while (says_ && !opening_whole())
    if (!wait(false, deadline)) break;
  if (says_ && opening_whole()) {
    const View all = opening_.expose();
    const std::size_t parameters = size_at(0);
    said.opened = true;
    said.parameters = SecretBytes(all.subspan(4, parameters));
    said.policy = SecretBytes(all.subspan(8 + parameters, size_at(4 + parameters)));
    if (const auto size = size_of(said.parameters.expose())) {
      SecretBytes outcome(*size);
      std::size_t have = 0;
      for (;;) {
        take(outcome.expose_mutable(), have, *size);
        if (have == *size || !says_ || !wait(false, deadline)) break;
      }
      if (have == *size) said.outcome = std::move(outcome);
    }
  }
  child_.kill();
  return said;
}

}  // namespace glovebox::enclave
