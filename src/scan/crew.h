// crew.h: runs of blocks that several threads work on, and that come back in the order in which they were made. All
// memory is there from the start: workers take none.
#pragma once
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "scan/run.h"
#include "scan/workers.h"

namespace glovebox::scan {

constexpr std::size_t spare_runs = 2;  // beside one for each thread: one being filled, one waiting

// crew_bytes bounds the memory of so many threads and their ring of runs: what a confined process must have room for.
constexpr std::size_t crew_bytes(std::size_t threads) {
  return threads < 2 ? 0 : (threads + spare_runs) * Run::bytes_max + (threads - 1) * worker_bytes_max;
}

class Crew final : Workers::Shift {
 public:
  // Done takes a run that was worked on, in its turn.
  using Done = std::function<Status(const Run& run)>;

  // The caller's own thread works too, when it would have to wait. The workers must outlive it.
  Crew(Workers& workers, const std::function<Run()>& make, Done done);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() override;

  // each calls for every run, before any is worked on.
  void columns(std::size_t columns, std::size_t sample);
  // open is the run to be filled; it may have to wait for one, and hands others to Done. Errors are those of Done.
  Result<Run*> open();
  // close gives the open run to be worked on.
  void close();
  // drain hands all runs to Done.
  Status drain();

 private:
  enum class State : std::uint8_t { free, filled, worked };
  struct Place {
    explicit Place(Run made) : run(std::move(made)) {}
    Run run;
    State state = State::free;
  };
  void serve() override;
  bool work_one(std::unique_lock<std::mutex>& lock);
  Status turn(std::unique_lock<std::mutex>& lock);

  Workers& workers_;
  Done done_;
  std::vector<std::unique_ptr<Place>> places_;  // a ring; runs are numbered on and on
  std::uint64_t made_ = 0;                      // runs closed so far
  std::uint64_t taken_ = 0;                     // of these, runs that someone works on or has worked on
  std::uint64_t handed_ = 0;                    // of these, runs given to Done
  bool ends_ = false;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable worked_;
};

}  // namespace glovebox::scan
