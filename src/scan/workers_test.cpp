#include "scan/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace glovebox::scan {
namespace {

class Count final : public Workers::Shift {
 public:
  void serve() override { ++served; }
  std::atomic<std::size_t> served = 0;
};

TEST(Workers, AreThereBeforeTheirWorkAndServeAShiftOnceAtMost) {
  for (const std::size_t number : {0UL, 1UL, 3UL}) {
    Workers workers(number);
    EXPECT_EQ(workers.number(), number);
    std::size_t all = 0;
    for (int i = 0; i < 200; ++i) {
      Count count;
      workers.begin(count);
      while (i % 2 == 0 && count.served < number) std::this_thread::yield();
      workers.end();
      const std::size_t served = count.served;
      EXPECT_LE(served, number);
      if (i % 2 == 0) {
        EXPECT_EQ(served, number);
      }
      all += served;
    }
    EXPECT_GE(all, 100 * number);
  }
}

TEST(Workers, AreBounded) {
  EXPECT_EQ(Workers(1000).number(), threads_max);
  EXPECT_GE(cores(), 1U);
}

}  // namespace
}  // namespace glovebox::scan
