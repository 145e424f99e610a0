#include "scan/workers.h"

#include <sched.h>

#include <algorithm>
#include <thread>

namespace glovebox::scan {
std::size_t cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
  return std::max(1U, std::thread::hardware_concurrency());
}

Workers::Workers(std::size_t number) {
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, stack_bytes);
  threads_.reserve(std::min(number, threads_max));
  while (threads_.size() < std::min(number, threads_max)) {
    pthread_t thread{};
    if (::pthread_create(&thread, &attributes, enter, this) != 0) break;
    threads_.push_back(thread);
  }
  ::pthread_attr_destroy(&attributes);
  std::unique_lock lock(mutex_);
  left_.wait(lock, [this] { return ready_ == threads_.size(); });
}

Workers::~Workers() {
  {
    const std::scoped_lock lock(mutex_);
    ends_ = true;
  }
  called_.notify_all();
  for (const pthread_t thread : threads_) ::pthread_join(thread, nullptr);
}

void* Workers::enter(void* self) {
  static_cast<Workers*>(self)->work();
  return nullptr;
}

void Workers::work() {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  ++ready_;
  left_.notify_all();
  for (;;) {
    called_.wait(lock, [&] { return ends_ || (shift_ != nullptr && shifts_ != seen); });
    if (ends_) return;
    seen = shifts_;
    ++at_work_;
    Shift& shift = *shift_;
    lock.unlock();
    shift.serve();
    lock.lock();
    if (--at_work_ == 0) left_.notify_all();
  }
}

void Workers::begin(Shift& shift) {
  {
    const std::scoped_lock lock(mutex_);
    shift_ = &shift;
    ++shifts_;
  }
  called_.notify_all();
}

void Workers::end() {
  std::unique_lock lock(mutex_);
  shift_ = nullptr;
  left_.wait(lock, [this] { return at_work_ == 0; });
}

}  // namespace glovebox::scan
