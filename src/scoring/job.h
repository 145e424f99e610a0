// job.h: from a request's data to its score: what runs in the enclave's child, and in the client for `glovebox check`
// and `glovebox features`. Data comes in pieces of any size; memory does not grow with it.
#pragma once
#include <memory>

#include "protocol/parameters.h"
#include "result/result.h"
#include "scoring/input.h"

namespace glovebox::scan {
class Workers;
}

namespace glovebox::scoring {

class ModelEngine;

struct JobOptions {
  std::uint64_t inflated_max = std::uint64_t{64} << 30;  // bytes that compressed data may inflate to
  unsigned size_class = 0;                               // of the envelope, for the leakage line
  bool keep_features = false;                            // for features(); memory grows with the rows
  bool any_match_log = false;                            // of any model's size: no answer has to hold it
  std::size_t cohort_bytes_max = default_cohort_bytes_max;
  // A VCF is read by genome::Extraction and not by scan::Extraction: the same answer, slower, by other code. All
  // samples are read by scan::Cohort alike.
  bool reference_reader = false;
  // Of the same bundle, and must outlive the job. Null: the reference predictor, with the same bits.
  const ModelEngine* engine = nullptr;
  // A compressed VCF is read by so many threads, the caller's among them; or by workers that are there already, which
  // outlive the job, and the caller.
  std::size_t threads = 1;
  scan::Workers* workers = nullptr;
};

// Matrix is the table of features that the model was given.
struct Matrix {
  struct Line {
    std::string id;
    std::vector<float> values;  // one for each name; NaN is the model's missing
    std::vector<How> hows;
  };
  std::vector<std::string> names;
  std::vector<Line> rows;
};

class Job {
 public:
  // create refuses what the parameters alone make impossible: see input.h. The bundle must outlive the job.
  static Result<Job> create(const bundle::Bundle& bundle, const protocol::Parameters& parameters,
                            const JobOptions& options);
  ~Job();
  Job(Job&&) noexcept;
  Job& operator=(Job&&) noexcept;

  // callable takes the next piece of the callable regions (BED), all of them before any data.
  Status callable(View piece);
  // feed takes the next piece of the data. What is wrong with it is the Error, for the person whose data it is; the
  // first sticks.
  Status feed(View piece);
  // finish ends the data and returns the score.
  Result<result::Report> finish();
  // features is what was scored, with keep_features.
  const Matrix& features() const;

 private:
  struct State;
  explicit Job(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::scoring
