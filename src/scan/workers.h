// workers.h: threads that are there before there is work for them. A process that is about to lose the right to start
// threads makes them first, and they go on working: from their start on they call nothing but futex.
#pragma once
#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace glovebox::scan {

constexpr std::size_t threads_max = 64;
// Enough for a sanitizer's frames too. The default, 8 MiB for each, would count against a bounded address space.
constexpr std::size_t stack_bytes = std::size_t{1} << 20;
constexpr std::size_t worker_bytes_max = stack_bytes + (std::size_t{1} << 16);  // with its guard page

// cores is how many threads this process can run at once; 1 at least.
std::size_t cores();

class Workers {
 public:
  // Shift is what they do for a while. serve is run by each of them at once, and returns once there is no more of it.
  class Shift {
   public:
    virtual ~Shift() = default;
    virtual void serve() = 0;
  };

  // So many are started, threads_max at most, and have made all their calls of a beginning when this returns. Fewer, if
  // the system gives no more.
  explicit Workers(std::size_t number);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();
  std::size_t number() const { return threads_.size(); }

  // begin gives them a shift; they have none. end waits until all have left it, so serve must be about to return.
  void begin(Shift& shift);
  void end();

 private:
  static void* enter(void* self);
  void work();

  std::mutex mutex_;
  std::condition_variable called_;
  std::condition_variable left_;
  Shift* shift_ = nullptr;
  std::uint64_t shifts_ = 0;  // begun so far
  std::size_t at_work_ = 0;
  std::size_t ready_ = 0;
  bool ends_ = false;
  std::vector<pthread_t> threads_;
};

}  // namespace glovebox::scan
