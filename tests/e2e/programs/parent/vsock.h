// vsock.h: the parent's end of a guest's vsock (virtio 1.2, section 5.10), with Unix sockets in place of ports. What
// the guest opens to CID 2 or 3, port P, is connected to the socket BASE_P; what connects to BASE.P comes to the
// guest's port P from CID 3, the parent.
#pragma once
#include <deque>
#include <map>
#include <string>

#include "guest.h"

namespace glovebox::parent {

struct VsockOptions {
  std::string base;
  std::uint64_t cid = 4;
  std::uint32_t port = 5005;  // of the guest, for those who connect to BASE.5005
  std::size_t flood = 0;      // packets that nobody asked for, from the moment that the guest's driver is there
};

class Vsock {
 public:
  Vsock(int qemu, int listener, const VsockOptions& options);
  // run serves until QEMU is gone.
  void run();

 private:
  struct Key {
    std::uint64_t host_cid = 0;
    std::uint32_t host_port = 0, guest_port = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Connection {
    int fd = -1;
    bool open = false;         // the guest has said yes
    bool guest_done = false;   // the guest sends no more
    bool host_done = false;    // nor does the other side
    std::uint32_t sent = 0;    // bytes to the guest
    std::uint32_t room = 0;    // that the guest gives for them
    std::uint32_t taken = 0;   // of them, those that it has taken
    std::uint32_t passed = 0;  // bytes of the guest's that went on
    std::uint32_t told = 0;    // of them, those that it knows of
    Bytes waiting;             // of the guest's, for the Unix socket
    std::size_t waiting_from = 0;
  };
  struct Packet {
    Bytes head;
    Bytes data;
    std::size_t from = 0;
  };

  void from_guest();
  void to_guest();
  void take(View packet);
  void request(const Key& key);
  void say(const Key& key, std::uint16_t operation, std::uint32_t flags = 0, Bytes data = {});
  void drop(const Key& key, bool tell);
  void pass_on(const Key& key, Connection& c);
  void read_more(const Key& key, Connection& c);
  void arrive();
  void flood();
  std::size_t may_send(const Connection& c) const;

  Guest guest_;
  int listener_;
  VsockOptions options_;
  std::map<Key, Connection> connections_;
  std::deque<Packet> out_;
  std::uint32_t next_port_ = 1U << 20;
  std::size_t flooded_ = 0;
};

}  // namespace glovebox::parent
