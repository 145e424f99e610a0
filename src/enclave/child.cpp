#include "enclave/child.h"

#include <unistd.h>

#include <cerrno>

#include "base/reader.h"
#include "crypto/hash.h"
#include "enclave/confine.h"
#include "enclave/task.h"
#include "envelope/opener.h"
#include "protocol/body.h"
#include "scan/workers.h"
#include "scoring/job.h"
#ifdef GLOVEBOX_TEST_HOSTILE_PARSER
#include "hostile.h"  // tests/enclave
#endif

namespace glovebox::enclave {
namespace {

constexpr std::size_t read_size = std::size_t{1} << 17;
constexpr std::uint64_t cohort_share = 4;  // of a child's memory, for the states of a cohort

enum ExitCode { done = 0, pipe_lost = 2, task_invalid = 3, not_confined = 4 };

bool read_all(int fd, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = ::read(fd, out.data(), out.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

bool write_all(int fd, View bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::write(fd, bytes.data(), bytes.size());
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

// Reading is the body on its way to a score. A failure is kept, and everything after it is still opened and dropped, at
// the same pace: when a file turned out to be bad is not the host's to see.
class Reading final : public protocol::BodyHandler {
 public:
  Reading(int pipe, const Models& models, const Task& task, const envelope::Core& core, scan::Workers& workers)
      : pipe_(pipe),
        bundle_(models.all()[task.model]),
        slice_model_(models.slices()[task.model]),
        task_(task),
        core_(core),
        workers_(workers) {}

  Status parameters(View encoded) override {
    encoded_ = SecretBytes(encoded);
    auto parameters = protocol::Parameters::parse(encoded);
    if (!parameters)
      keep(parameters.error());
    else if (parameters->digest() != task_.parameters_digest)
      keep({Reject::request_mismatch, "other parameters in the envelope than in the request", "the same"});
    else
      parameters_ = std::move(*parameters);
    return {};
  }

  Status policy(View signed_policy) override {
    policy_ = SecretBytes(signed_policy);
    return {};
  }

  Status callable(View piece) override {
    open();
    if (!callable_hash_) callable_hash_.emplace();
    callable_hash_->update(piece);
    if (refusal_) return {};
    if (slice())
      keep({Reject::malformed, "callable regions beside a slice", "none: its records are made"});
    else if (const Status fed = job_->callable(piece); !fed)
      keep(fed.error());
    return {};
  }

  Status data(View piece) override {
    open();
    hash_.update(piece);
#ifdef GLOVEBOX_TEST_HOSTILE_PARSER
    if (!refusal_ && !slice())
      if (const auto said = hostile::attack(piece)) keep(*said);
#endif
    if (refusal_) return {};
    const Status taken = slice() ? take_slice(piece) : job_->feed(piece);
    if (!taken) keep(taken.error());
    return {};
  }

  // open says what stood before callable regions and data, once, and begins the score.
  void open() {
    if (opened_) return;
    opened_ = true;
    Writer sizes;
    sizes.u32be(static_cast<std::uint32_t>(encoded_.size()));
    bool told = write_all(pipe_, sizes.view()) && write_all(pipe_, encoded_.expose());
    Writer policy;
    policy.u32be(static_cast<std::uint32_t>(policy_.size()));
    told = told && write_all(pipe_, policy.view()) && write_all(pipe_, policy_.expose());
    if (!told) ::_exit(pipe_lost);
    if (refusal_) return;
    if (!parameters_) return keep({Reject::malformed, "a body without parameters", "them first"});
    if (slice()) {
      slice_ = SecretBytes(slice_model_.slice_size());
      return;
    }
    auto job = scoring::Job::create(bundle_, *parameters_,
                                    {.inflated_max = task_.inflated_max,
                                     .size_class = core_.size_class,
                                     .cohort_bytes_max = static_cast<std::size_t>(task_.memory_max / cohort_share),
                                     .engine = &slice_model_.engine(),
                                     .workers = &workers_});
    if (job)
      job_.emplace(std::move(*job));
    else
      keep(job.error());
  }

  void keep(Error error) {
    if (!refusal_) refusal_ = std::move(error);
  }

  // outcome ends the data; `whole` says that all of the body was there and in order.
  Outcome outcome(const Status& whole) {
    if (!whole) keep(whole.error());
    open();
    Outcome out;
    out.input_digest =
        protocol::input_digest(hash_.finish(), callable_hash_ ? std::optional(callable_hash_->finish()) : std::nullopt);
    if (slice() && !refusal_) {
      auto block = slice_block();
      if (block) {
        out.result = std::move(*block);
        return out;
      }
      keep(block.error());
    }
    auto report = refusal_ ? Result<result::Report>(std::unexpected(*refusal_)) : job_->finish();
    const result::Outcome said = report ? result::Outcome(std::move(*report)) : result::Outcome(report.error());
    const Bytes encoded = result::encode(said);
    out.result = SecretBytes(encoded);
    return out;
  }

  protocol::OutputForm form() const { return parameters_ ? parameters_->output_form : protocol::OutputForm::score; }
  unsigned rows_class() const { return parameters_ ? parameters_->rows_class : 0; }

 private:
  // A slice is held until it is whole: what it asks for is known, and so is its size.
  bool slice() const { return parameters_ && parameters_->input == protocol::Input::slice; }

  Status take_slice(View piece) {
    if (piece.size() > slice_.size() - slice_have_)
      return fail(Reject::trailing_bytes, "a slice of more than " + std::to_string(slice_.size()) + " bytes",
                  "as many as the model asks for");
    std::ranges::copy(piece, slice_.expose_mutable().subspan(slice_have_).begin());
    slice_have_ += piece.size();
    return {};
  }

  Result<SecretBytes> slice_block() {
    const View whole = slice_.expose().first(slice_have_);
#ifdef GLOVEBOX_TEST_HOSTILE_PARSER
    hostile::dawdle(whole);
#endif
    return slice_model_.score(whole);
  }

  int pipe_;
  const bundle::Bundle& bundle_;
  const scoring::SliceModel& slice_model_;
  const Task& task_;
  const envelope::Core& core_;
  scan::Workers& workers_;
  SecretBytes encoded_;
  SecretBytes policy_;
  std::optional<protocol::Parameters> parameters_;
  std::optional<scoring::Job> job_;
  SecretBytes slice_;
  std::size_t slice_have_ = 0;
  std::optional<Error> refusal_;
  crypto::Sha256 hash_;
  std::optional<crypto::Sha256> callable_hash_;  // nothing: there were none
  bool opened_ = false;
};

// read_body opens chunk after chunk to the pipe's end, and returns the first failure; what comes after it is taken too.
Status read_body(int pipe, const envelope::EnvelopeKey& key, Reading& reading) {
  envelope::Opener opener(key);
  protocol::BodyReader body(reading);
  Status status;
  const envelope::Sink sink = [&](View plaintext) -> Status {
    if (status) status = body.push(plaintext);
    return {};
  };
  Status opening;
  Bytes buffer(read_size);
  for (;;) {
    const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) ::_exit(pipe_lost);
    if (got == 0) break;
    if (opening) opening = opener.push(View(buffer).first(static_cast<std::size_t>(got)), sink);
  }
  if (opening) opening = opener.finish(sink);
  GLOVEBOX_CHECK(opening);
  GLOVEBOX_CHECK(status);
  return body.finish();
}

ExitCode serve(int pipe, const Models& models) {
  SecretBytes encoded(task_size);
  if (!read_all(pipe, encoded.expose_mutable())) return pipe_lost;
  const auto task = Task::parse(encoded.expose());
  if (!task || task->model >= models.all().size() || task->threads == 0) return task_invalid;
#ifdef GLOVEBOX_TEST_HOSTILE_PARSER
  hostile::prepare();
#endif
  // Threads are made before the right to make them is gone. They are never taken down: that would need calls that are
  // gone too, and the process's end takes them along.
  auto& workers = *new scan::Workers(task->threads - 1);
#ifdef GLOVEBOX_TEST_HOSTILE_PARSER
  hostile::take_over(workers);
#endif
  if (!confine({.keep_fd = pipe,
                .memory_max = task->memory_max,
                .cpu_seconds = task->cpu_seconds,
                .threads = workers.number() > 0}))
    return not_confined;
  auto core = envelope::Core::parse(task->core);
  if (!core) return task_invalid;
  const auto key = envelope::EnvelopeKey::from_file_key(*core, task->file_key.copy());
  Reading reading(pipe, models, *task, *core, workers);
  const Status whole = read_body(pipe, key, reading);
  Outcome outcome = reading.outcome(whole);
  auto block = outcome.encode(reading.form(), reading.rows_class());
  if (!block) {
    const Error too_large{Reject::too_large, "a result of " + std::to_string(outcome.result.size()) + " bytes",
                          "one that fits its answer"};
    outcome.result = SecretBytes(result::encode(result::Outcome(too_large)));
    block = outcome.encode(reading.form(), reading.rows_class());
  }
  return block && write_all(pipe, block->expose()) ? done : pipe_lost;
}

}  // namespace

void run_child(int pipe, const Models& models) {
  const ExitCode code = serve(pipe, models);  // what it held is erased by now, and the kernel gives the rest to nobody
  ::_exit(code);
}

}  // namespace glovebox::enclave
