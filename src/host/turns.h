// turns.h: turns at what only so many may do at once: first come, first served, and no room to wait without end. One
// thread uses it, as all of the host.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>

namespace glovebox::host {

class Turns {
 public:
  // Turn is a place that is held; it is given back when it goes away.
  class Turn {
   public:
    Turn() = default;
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { give_back(); }
    void give_back() {
      if (from_ != nullptr) from_->give();
      from_ = nullptr;
    }
    explicit operator bool() const { return from_ != nullptr; }

   private:
    friend class Turns;
    Turns* from_ = nullptr;
  };

  Turns(std::size_t places, std::size_t waiting_max)
      : places_(static_cast<long>(places)), free_(places_), waiting_max_(waiting_max) {}

  // take waits for a place, behind those who wait already. `turn` stays empty where too many wait, or for too long. It
  // outlives the waiting.
  boost::asio::awaitable<void> take(Turn& turn, std::chrono::milliseconds wait);
  // places says how many there are from now on; who holds one keeps it.
  void places(std::size_t number);
  // close is for the end, when what waits is taken down in no order: nobody gets a turn any more.
  void close() { closed_ = true; }
  std::size_t waiting() const { return waiting_.size(); }

 private:
  struct Waiter {
    Turn& turn;
    boost::asio::steady_timer timer;
  };
  void give();
  void serve();
  long places_;
  long free_;  // below 0 after there have become fewer places
  std::size_t waiting_max_;
  bool closed_ = false;
  std::list<Waiter> waiting_;
};

}  // namespace glovebox::host
