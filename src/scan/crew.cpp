#include "scan/crew.h"

namespace glovebox::scan {
Crew::Crew(Workers& workers, const std::function<Run()>& make, Done done) : workers_(workers), done_(std::move(done)) {
  const std::size_t threads = workers.number() + 1;
  for (std::size_t i = 0; i < threads + spare_runs; ++i) places_.push_back(std::make_unique<Place>(make()));
  workers_.begin(*this);
}

Crew::~Crew() {
  {
    const std::scoped_lock lock(mutex_);
    ends_ = true;
  }
  filled_.notify_all();
  workers_.end();
}

void Crew::columns(std::size_t columns, std::size_t sample) {
  for (const auto& place : places_) place->run.columns(columns, sample);
}

void Crew::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    filled_.wait(lock, [this] { return ends_ || taken_ < made_; });
    if (ends_) return;
    work_one(lock);
  }
}

// work_one takes the next run that nobody works on; false if there is none.
bool Crew::work_one(std::unique_lock<std::mutex>& lock) {
  if (taken_ == made_) return false;
  Place& place = *places_[taken_++ % places_.size()];
  lock.unlock();
  place.run.work();
  lock.lock();
  place.state = State::worked;
  worked_.notify_one();
  return true;
}

// turn hands the oldest run to Done, once it is worked on.
Status Crew::turn(std::unique_lock<std::mutex>& lock) {
  Place& place = *places_[handed_ % places_.size()];
  while (place.state != State::worked)
    if (!work_one(lock)) worked_.wait(lock);
  lock.unlock();
  const Status status = done_(place.run);
  lock.lock();
  place.state = State::free;
  ++handed_;
  return status;
}

Result<Run*> Crew::open() {
  std::unique_lock lock(mutex_);
  Place& place = *places_[made_ % places_.size()];
  while (handed_ < made_ && (place.state != State::free || places_[handed_ % places_.size()]->state == State::worked))
    GLOVEBOX_CHECK(turn(lock));
  lock.unlock();
  place.run.clear();
  return &place.run;
}

void Crew::close() {
  {
    const std::scoped_lock lock(mutex_);
    places_[made_ % places_.size()]->state = State::filled;
    ++made_;
  }
  filled_.notify_one();
}

Status Crew::drain() {
  std::unique_lock lock(mutex_);
  while (handed_ < made_) GLOVEBOX_CHECK(turn(lock));
  return {};
}

}  // namespace glovebox::scan
