#include "host/turns.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace glovebox::host {

namespace asio = boost::asio;

asio::awaitable<void> Turns::take(Turn& turn, std::chrono::milliseconds wait) {
  if (free_ > 0) {  // then nobody waits
    --free_;
    turn.from_ = this;
    co_return;
  }
  if (waiting_.size() >= waiting_max_) co_return;
  struct Waits {
    std::list<Waiter>& all;
    std::list<Waiter>::iterator self;
    ~Waits() { all.erase(self); }  // with a place, past its time, or because whoever asked has left
  };
  auto executor = co_await asio::this_coro::executor;
  const Waits waits{waiting_, waiting_.insert(waiting_.end(), {turn, asio::steady_timer(executor, wait)})};
  (void)co_await waits.self->timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Turns::serve() {
  if (closed_) return;
  for (Waiter& next : waiting_) {
    if (free_ <= 0) return;
    if (next.turn) continue;  // has one already and is about to go
    --free_;
    next.turn.from_ = this;
    next.timer.cancel();
  }
}

void Turns::give() {
  ++free_;
  serve();
}

void Turns::places(std::size_t number) {
  free_ += static_cast<long>(number) - places_;
  places_ = static_cast<long>(number);
  serve();
}

}  // namespace glovebox::host
