#include "guest.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/reader.h"

namespace glovebox::parent {
namespace {

enum Request : std::uint32_t {
  get_features = 1,
  set_mem_table = 5,
  set_vring_num = 8,
  set_vring_addr = 9,
  set_vring_base = 10,
  get_vring_base = 11,
  set_vring_kick = 12,
  set_vring_call = 13,
  set_vring_err = 14,
  get_protocol_features = 15,
  get_queue_num = 17,
  set_vring_enable = 18,
  get_config = 24,
};
constexpr std::uint64_t version_1 = std::uint64_t{1} << 32;
constexpr std::uint64_t protocol_features = std::uint64_t{1} << 30;
constexpr std::uint64_t reply_ack = 1U << 3;
constexpr std::uint64_t config = 1U << 9;
constexpr std::uint32_t version_and_reply = 5;
constexpr std::uint32_t need_reply = 8;
constexpr std::uint64_t no_descriptor = 0x100;
constexpr std::size_t message_max = 4096;
constexpr std::size_t regions_max = 8;
constexpr std::uint16_t more_follows = 1;
constexpr std::uint16_t no_interrupt = 1;

template <class Number>
Number load(const std::uint8_t* at) {
  Number out;
  std::memcpy(&out, at, sizeof out);
  return out;
}
std::uint16_t load_shared(std::uint8_t* at) {
  return std::atomic_ref(*reinterpret_cast<std::uint16_t*>(at)).load(std::memory_order_acquire);
}
template <class Number>
void store(std::uint8_t* at, Number value) {
  std::memcpy(at, &value, sizeof value);
}

[[noreturn]] void stop(const char* why) {
  std::fprintf(stderr, "glovebox-test-parent: %s\n", why);
  std::exit(1);
}

Bytes u64(std::uint64_t value) {
  Writer out;
  return out.u64le(value).take();
}

bool read_all(int socket, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = ::read(socket, out.data(), out.size());
    if (got <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

std::size_t Guest::Chain::size() const {
  std::size_t out = 0;
  for (const auto& part : parts) out += part.size();
  return out;
}

std::uint8_t* Guest::of_user(std::uint64_t address, std::uint64_t size) const {
  for (const Region& r : memory_)
    if (address >= r.user && address - r.user <= r.size && size <= r.size - (address - r.user))
      return r.at + (address - r.user);
  stop("an address outside the guest's memory");
}

std::uint8_t* Guest::of_guest(std::uint64_t address, std::uint64_t size) const {
  for (const Region& r : memory_)
    if (address >= r.guest && address - r.guest <= r.size && size <= r.size - (address - r.guest))
      return r.at + (address - r.guest);
  stop("a buffer outside the guest's memory");
}

void Guest::map(View table, std::span<const int> fds) {
  Reader in(table);
  const std::uint32_t number = in.u32le();
  in.skip(4);
  if (number > regions_max || number > fds.size()) stop("more memory than there are descriptors for");
  memory_.clear();
  for (std::uint32_t i = 0; i < number; ++i) {
    Region region;
    region.guest = in.u64le();
    region.size = in.u64le();
    region.user = in.u64le();
    const std::uint64_t offset = in.u64le();
    void* at = ::mmap(nullptr, region.size + offset, PROT_READ | PROT_WRITE, MAP_SHARED, fds[i], 0);
    if (at == MAP_FAILED) stop("the guest's memory cannot be mapped");
    ::close(fds[i]);
    region.at = static_cast<std::uint8_t*>(at) + offset;
    memory_.push_back(region);
  }
}

void Guest::reply(std::uint32_t request, View payload) {
  Writer out;
  out.u32le(request).u32le(version_and_reply).u32le(static_cast<std::uint32_t>(payload.size())).bytes(payload);
  if (::write(socket_, out.view().data(), out.view().size()) < 0) stop("QEMU does not listen");
}

bool Guest::message() {
  Array<12> head{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * regions_max)] = {};
  iovec into = {head.data(), head.size()};
  msghdr received = {};
  received.msg_iov = &into;
  received.msg_iovlen = 1;
  received.msg_control = control;
  received.msg_controllen = sizeof control;
  const ssize_t got = ::recvmsg(socket_, &received, MSG_CMSG_CLOEXEC);
  if (got <= 0 || !read_all(socket_, std::span(head).subspan(static_cast<std::size_t>(got)))) return false;
  std::vector<int> fds;
  for (cmsghdr* c = CMSG_FIRSTHDR(&received); c != nullptr; c = CMSG_NXTHDR(&received, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    fds.resize((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(fds.data(), CMSG_DATA(c), fds.size() * sizeof(int));
  }
  Reader in(head);
  const std::uint32_t request = in.u32le(), flags = in.u32le(), size = in.u32le();
  if (size > message_max) stop("a message of QEMU's beyond its size");
  Bytes payload(size);
  if (!read_all(socket_, payload)) return false;
  Reader body(payload);
  const auto queue = [&](std::uint64_t index) -> Queue& {
    if ((index & 0xff) >= queues) stop("a queue that there is not");
    return queues_[index & 0xff];
  };
  switch (request) {
    case get_features:
      reply(request, u64(version_1 | protocol_features));
      return true;
    case get_protocol_features:
      reply(request, u64(reply_ack | config));
      return true;
    case get_queue_num:
      reply(request, u64(queues));
      return true;
    case get_config: {
      const std::uint32_t offset = body.u32le(), want = body.u32le();
      Bytes all = u64(cid_);
      all.resize(message_max);
      if (offset > message_max - want) stop("a configuration beyond its size");
      Bytes out(payload.begin(), payload.begin() + 12);
      out.insert(out.end(), all.begin() + offset, all.begin() + offset + want);
      reply(request, out);
      return true;
    }
    case get_vring_base: {
      const std::uint32_t index = body.u32le();
      queue(index).on = false;
      Writer out;
      reply(request, out.u32le(index).u32le(queue(index).next).view());
      return true;
    }
    case set_mem_table:
      map(payload, fds);
      break;
    case set_vring_num: {
      Queue& q = queue(body.u32le());
      q.size = body.u32le();
      if (q.size == 0 || q.size > queue_size_max) stop("a queue's size");
      break;
    }
    case set_vring_addr: {
      Queue& q = queue(body.u32le());
      body.skip(4);
      q.descriptors = of_user(body.u64le(), 16 * std::uint64_t{q.size});
      q.used = of_user(body.u64le(), 6 + 8 * std::uint64_t{q.size});
      q.available = of_user(body.u64le(), 6 + 2 * std::uint64_t{q.size});
      break;
    }
    case set_vring_base: {
      Queue& q = queue(body.u32le());
      q.next = static_cast<std::uint16_t>(body.u32le());
      break;
    }
    case set_vring_kick:
    case set_vring_call:
    case set_vring_err: {
      const std::uint64_t index = body.u64le();
      const int fd = (index & no_descriptor) != 0 || fds.empty() ? -1 : fds.front();
      int* const place = request == set_vring_kick   ? &queue(index).kick
                         : request == set_vring_call ? &queue(index).call
                                                     : nullptr;
      if (place == nullptr) {
        if (fd >= 0) ::close(fd);
        break;
      }
      if (*place >= 0) ::close(*place);
      *place = fd;
      break;
    }
    case set_vring_enable: {
      Queue& q = queue(body.u32le());
      q.on = body.u32le() != 0;
      break;
    }
    default:
      break;
  }
  if ((flags & need_reply) != 0) reply(request, u64(0));
  return true;
}

std::optional<Guest::Chain> Guest::pop(std::size_t queue) {
  Queue& q = queues_[queue];
  if (!q.on || q.available == nullptr || q.descriptors == nullptr) return std::nullopt;
  if (load_shared(q.available + 2) == q.next) return std::nullopt;
  Chain chain;
  chain.head = load<std::uint16_t>(q.available + 4 + 2 * (q.next % q.size));
  ++q.next;
  std::uint16_t index = chain.head;
  for (std::uint32_t steps = 0; steps < q.size; ++steps) {
    if (index >= q.size) stop("a descriptor that there is not");
    const std::uint8_t* d = q.descriptors + std::size_t{16} * index;
    const auto size = load<std::uint32_t>(d + 8);
    chain.parts.emplace_back(of_guest(load<std::uint64_t>(d), size), size);
    if ((load<std::uint16_t>(d + 12) & more_follows) == 0) return chain;
    index = load<std::uint16_t>(d + 14);
  }
  stop("a chain without end");
}

void Guest::push(std::size_t queue, const Chain& chain, std::size_t written) {
  Queue& q = queues_[queue];
  const auto index = load<std::uint16_t>(q.used + 2);
  std::uint8_t* entry = q.used + 4 + std::size_t{8} * (index % q.size);
  store(entry, std::uint32_t{chain.head});
  store(entry + 4, static_cast<std::uint32_t>(written));
  std::atomic_ref(*reinterpret_cast<std::uint16_t*>(q.used + 2))
      .store(static_cast<std::uint16_t>(index + 1), std::memory_order_release);
}

void Guest::interrupt(std::size_t queue) {
  Queue& q = queues_[queue];
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (q.call < 0 || (load_shared(q.available) & no_interrupt) != 0) return;
  const std::uint64_t one = 1;
  (void)!::write(q.call, &one, sizeof one);
}

}  // namespace glovebox::parent
