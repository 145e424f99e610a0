// guest.h: one guest of QEMU's seen from its device: the guest's memory, and its queues (vhost-user: QEMU,
// docs/interop/vhost-user.rst; queues: virtio 1.2, section 2.7).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace glovebox::parent {

constexpr std::size_t queues = 3;  // to the guest, from the guest, events
constexpr std::size_t queue_size_max = 1024;

class Guest {
 public:
  // The socket is connected to QEMU; `cid` is the guest's number.
  Guest(int socket, std::uint64_t cid) : socket_(socket), cid_(cid) {}

  int socket() const { return socket_; }
  // kick is readable once the guest has put something into a queue; -1 before it is set up.
  int kick(std::size_t queue) const { return queues_[queue].kick; }
  // message serves one message of QEMU's; false when QEMU is gone.
  bool message();

  // Chain is one buffer of the guest's, in as many parts as the guest likes.
  struct Chain {
    std::uint16_t head = 0;
    std::vector<std::span<std::uint8_t>> parts;
    std::size_t size() const;
  };
  // pop takes the next buffer of a queue, push gives it back with so many bytes written into it, and interrupt tells
  // the guest.
  std::optional<Chain> pop(std::size_t queue);
  void push(std::size_t queue, const Chain& chain, std::size_t written);
  void interrupt(std::size_t queue);

 private:
  struct Region {
    std::uint64_t guest = 0, size = 0, user = 0;
    std::uint8_t* at = nullptr;
  };
  struct Queue {
    std::uint32_t size = 0;
    std::uint8_t *descriptors = nullptr, *available = nullptr, *used = nullptr;
    std::uint16_t next = 0;
    int kick = -1, call = -1;
    bool on = false;
  };
  void map(View table, std::span<const int> fds);
  std::uint8_t* of_user(std::uint64_t address, std::uint64_t size) const;
  std::uint8_t* of_guest(std::uint64_t address, std::uint64_t size) const;
  void reply(std::uint32_t request, View payload);

  int socket_;
  std::uint64_t cid_;
  std::vector<Region> memory_;
  std::array<Queue, queues> queues_;
};

}  // namespace glovebox::parent
