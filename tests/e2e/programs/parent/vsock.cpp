#include "vsock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/reader.h"

namespace glovebox::parent {
namespace {

constexpr std::size_t to_the_guest = 0, of_the_guest = 1;
constexpr std::size_t head_size = 44;
constexpr std::uint16_t stream = 1;
enum Operation : std::uint16_t {
  op_request = 1,
  op_response,
  op_reset,
  op_shutdown,
  op_data,
  op_credit,
  op_ask_credit
};
constexpr std::uint32_t no_receive = 1, no_send = 2;
constexpr std::uint32_t our_room = 1U << 20;
constexpr std::size_t piece_size = 1U << 16;
constexpr std::size_t packets_max = 256;  // that wait for the guest's buffers
constexpr std::uint64_t parent_cid = 3, host_cid = 2;
constexpr std::uint32_t flood_ports = 1U << 30;

struct Head {
  std::uint64_t from_cid = 0, to_cid = 0;
  std::uint32_t from_port = 0, to_port = 0, size = 0;
  std::uint16_t type = stream, operation = 0;
  std::uint32_t flags = 0, room = 0, taken = 0;

  Bytes encode() const {
    Writer out;
    out.u64le(from_cid).u64le(to_cid).u32le(from_port).u32le(to_port).u32le(size);
    out.u32le(type | std::uint32_t{operation} << 16).u32le(flags).u32le(room).u32le(taken);
    return out.take();
  }
  static Head parse(Reader& in) {
    Head h;
    h.from_cid = in.u64le();
    h.to_cid = in.u64le();
    h.from_port = in.u32le();
    h.to_port = in.u32le();
    h.size = in.u32le();
    h.type = in.u16le();
    h.operation = in.u16le();
    h.flags = in.u32le();
    h.room = in.u32le();
    h.taken = in.u32le();
    return h;
  }
};

int connect_to(const std::string& path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un name = {};
  name.sun_family = AF_UNIX;
  std::ranges::copy(path.substr(0, sizeof name.sun_path - 1), name.sun_path);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) {
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
  }
  if (fd >= 0) ::close(fd);
  return -1;
}

void drain(int event) {
  std::uint64_t ignored = 0;
  (void)!::read(event, &ignored, sizeof ignored);
}

}  // namespace

Vsock::Vsock(int qemu, int listener, const VsockOptions& options)
    : guest_(qemu, options.cid), listener_(listener), options_(options) {}

std::size_t Vsock::may_send(const Connection& c) const {
  const std::uint32_t under_way = c.sent - c.taken;
  return under_way >= c.room ? 0 : c.room - under_way;
}

void Vsock::say(const Key& key, std::uint16_t operation, std::uint32_t flags, Bytes data) {
  Head head{.from_cid = key.host_cid,
            .to_cid = options_.cid,
            .from_port = key.host_port,
            .to_port = key.guest_port,
            .operation = operation,
            .flags = flags,
            .room = our_room};
  if (const auto found = connections_.find(key); found != connections_.end()) {
    head.taken = found->second.passed;
    found->second.told = found->second.passed;
  }
  out_.push_back({head.encode(), std::move(data)});
}

void Vsock::drop(const Key& key, bool tell) {
  if (tell) say(key, op_reset);
  const auto found = connections_.find(key);
  if (found == connections_.end()) return;
  ::close(found->second.fd);
  connections_.erase(found);
}

void Vsock::request(const Key& key) {
  const int fd = key.host_cid == parent_cid || key.host_cid == host_cid
                     ? connect_to(options_.base + "_" + std::to_string(key.host_port))
                     : -1;
  if (fd < 0 || connections_.contains(key)) {
    if (fd >= 0) ::close(fd);
    return drop(key, true);
  }
  Connection& c = connections_[key];
  c.fd = fd;
  c.open = true;
  say(key, op_response);
}

// take is one packet of the guest's.
void Vsock::take(View packet) {
  Reader in(packet);
  const Head head = Head::parse(in);
  const View data = in.bytes(head.size);
  if (!in.ok() || head.type != stream) return;
  const Key key = {head.to_cid, head.to_port, head.from_port};
  const auto found = connections_.find(key);
  if (found == connections_.end()) {
    if (head.operation == op_request)
      request(key);
    else if (head.operation != op_reset && key.host_port < flood_ports)
      say(key, op_reset);
    if (const auto made = connections_.find(key); made != connections_.end()) {
      made->second.room = head.room;
      made->second.taken = head.taken;
    }
    return;
  }
  Connection& c = found->second;
  c.room = head.room;
  c.taken = head.taken;
  switch (head.operation) {
    case op_response:
      c.open = true;
      break;
    case op_data:
      c.waiting.insert(c.waiting.end(), data.begin(), data.end());
      pass_on(key, c);
      break;
    case op_shutdown:
      if ((head.flags & no_send) != 0) c.guest_done = true;
      if ((head.flags & no_receive) != 0) c.host_done = true;
      pass_on(key, c);
      break;
    case op_ask_credit:
      say(key, op_credit);
      break;
    case op_reset:
      drop(key, false);
      break;
    default:
      break;
  }
}

// pass_on writes what waits to the Unix socket; at the end of both directions the connection goes.
void Vsock::pass_on(const Key& key, Connection& c) {
  while (c.waiting_from < c.waiting.size()) {
    const ssize_t n = ::send(c.fd, c.waiting.data() + c.waiting_from, c.waiting.size() - c.waiting_from, MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (n <= 0) return drop(key, true);
    c.waiting_from += static_cast<std::size_t>(n);
    c.passed += static_cast<std::uint32_t>(n);
  }
  if (c.waiting_from == c.waiting.size()) {
    c.waiting.clear();
    c.waiting_from = 0;
    if (c.guest_done) {
      if (c.host_done) return drop(key, true);
      ::shutdown(c.fd, SHUT_WR);
    }
  }
  if (c.passed - c.told >= our_room / 4) say(key, op_credit);
}

void Vsock::read_more(const Key& key, Connection& c) {
  Bytes data(std::min(piece_size, may_send(c)));
  if (data.empty()) return;
  const ssize_t got = ::read(c.fd, data.data(), data.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) {
    c.host_done = true;
    if (c.guest_done && c.waiting.empty()) return drop(key, true);
    return say(key, op_shutdown, no_send);
  }
  data.resize(static_cast<std::size_t>(got));
  c.sent += static_cast<std::uint32_t>(got);
  say(key, op_data, 0, std::move(data));
}

void Vsock::arrive() {
  const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  const Key key = {parent_cid, next_port_++, options_.port};
  connections_[key].fd = fd;
  say(key, op_request);
}

void Vsock::from_guest() {
  bool any = false;
  while (const auto chain = guest_.pop(of_the_guest)) {
    Bytes packet;
    for (const auto& part : chain->parts) packet.insert(packet.end(), part.begin(), part.end());
    guest_.push(of_the_guest, *chain, 0);
    any = true;
    take(packet);
  }
  if (any) guest_.interrupt(of_the_guest);
}

// to_guest fills the guest's buffers with what waits. Data that is longer than a buffer goes in pieces.
void Vsock::to_guest() {
  bool any = false;
  while (!out_.empty()) {
    const auto chain = guest_.pop(to_the_guest);
    if (!chain) break;
    Packet& packet = out_.front();
    const std::size_t piece = std::min(packet.data.size() - packet.from, chain->size() - head_size);
    const auto size = static_cast<std::uint32_t>(piece);
    for (std::size_t i = 0; i < 4; ++i) packet.head[24 + i] = static_cast<std::uint8_t>(size >> (8 * i));
    Bytes whole = packet.head;
    whole.insert(whole.end(), packet.data.begin() + static_cast<std::ptrdiff_t>(packet.from),
                 packet.data.begin() + static_cast<std::ptrdiff_t>(packet.from + piece));
    packet.from += piece;
    std::size_t done = 0;
    for (const auto& part : chain->parts) {
      const std::size_t n = std::min(part.size(), whole.size() - done);
      std::copy_n(whole.begin() + static_cast<std::ptrdiff_t>(done), n, part.begin());
      done += n;
    }
    guest_.push(to_the_guest, *chain, whole.size());
    any = true;
    if (packet.from == packet.data.size()) out_.pop_front();
  }
  if (any) guest_.interrupt(to_the_guest);
}

// flood: what no honest parent sends: connections by the hundred, data on none, words that there are not.
void Vsock::flood() {
  while (flooded_ < options_.flood && out_.size() < packets_max) {
    const auto i = static_cast<std::uint32_t>(flooded_++);
    Head head{.from_cid = parent_cid,
              .to_cid = options_.cid,
              .from_port = flood_ports + i,
              .to_port = options_.port,
              .operation = op_request,
              .room = our_room};
    if (i % 5 == 1) head.operation = op_data;
    if (i % 5 == 2) head.operation = 99;
    if (i % 5 == 3) head.type = 7;
    if (i % 5 == 4) head.to_port = i;
    out_.push_back({head.encode(), head.operation == op_data ? Bytes(1000, 0xee) : Bytes()});
  }
}

void Vsock::run() {
  std::vector<pollfd> events;
  std::vector<Key> keys;
  for (;;) {
    events = {{guest_.socket(), POLLIN, 0},
              {guest_.kick(to_the_guest), POLLIN, 0},
              {guest_.kick(of_the_guest), POLLIN, 0},
              {listener_, POLLIN, 0}};
    keys.clear();
    for (const auto& [key, c] : connections_) {
      pollfd one = {c.fd, 0, 0};
      if (c.open && !c.host_done && out_.size() < packets_max && may_send(c) > 0) one.events |= POLLIN;
      if (!c.waiting.empty()) one.events |= POLLOUT;
      if (one.events == 0) one.fd = -1;  // or an end that we know of already would wake us for nothing
      events.push_back(one);
      keys.push_back(key);
    }
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) return;
    if (events[0].revents != 0 && !guest_.message()) return;
    for (const std::size_t queue : {to_the_guest, of_the_guest})
      if (events[1 + queue].revents != 0) drain(guest_.kick(queue));
    if (events[3].revents != 0) arrive();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto found = connections_.find(keys[i]);
      if (found == connections_.end() || events[4 + i].revents == 0) continue;
      if ((events[4 + i].events & POLLIN) != 0 && (events[4 + i].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
        read_more(keys[i], found->second);
      if (const auto still = connections_.find(keys[i]);
          still != connections_.end() && (events[4 + i].revents & POLLOUT) != 0)
        pass_on(keys[i], still->second);
    }
    from_guest();
    flood();
    to_guest();
  }
}

}  // namespace glovebox::parent
