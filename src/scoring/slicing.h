// slicing.h: a person's file, read on their own machine, made into a slice; and the enclave's numbers made into the
// report that the whole file would have given. Between the two lies an enclave that sees neither name nor file.
#pragma once
#include <memory>

#include "protocol/slice.h"
#include "result/measured.h"
#include "result/result.h"
#include "scoring/input.h"

namespace glovebox::scoring {

struct SlicingOptions {
  std::uint64_t inflated_max = std::uint64_t{64} << 30;  // bytes that compressed data may inflate to
  std::size_t threads = 1;                               // that a compressed VCF is read by, where all of it is read
};

// Sliced is one person's slice with all that is known of it here.
struct Sliced {
  SecretBytes slice;
  std::string id;           // the sample's name
  std::uint64_t asked = 0;  // features of the model
  std::uint64_t used = 0;   // of these, those that a score rests on
  Notes notes;
};

// Slicing takes a VCF, or values alone. All that would refuse the whole file refuses here, before anything is sent:
// see Job::create and Job::finish.
class Slicing {
 public:
  // create: as Job::create; and usage for a table. The bundle must outlive the slicing. A match log may have any size
  // here: it is written on this machine.
  static Result<Slicing> create(const bundle::Bundle& bundle, const protocol::Parameters& parameters,
                                const SlicingOptions& options = {});
  ~Slicing();
  Slicing(Slicing&&) noexcept;
  Slicing& operator=(Slicing&&) noexcept;

  Status callable(View piece);
  Status feed(View piece);
  Result<Sliced> finish();
  // finish_by lets another reader read the file, in place of feed and finish. Nothing where it gives nothing: then the
  // file is to be fed.
  Result<std::optional<Sliced>> finish_by(const GenomeReader& reader);

 private:
  struct State;
  explicit Slicing(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// kind_of is a slice's kind, by what the parameters ask to be read.
protocol::SliceKind kind_of(const protocol::Parameters& parameters);

// shape_of is that of the model's block.
result::Shape shape_of(const bundle::Bundle& bundle);

// expand makes the report of a block. The parameters are those that the slice was made with. A block with a status is
// that refusal: malformed, value_missing, value_out_of_range; and what Standing refuses.
Result<result::Report> expand(const bundle::Bundle& bundle, const protocol::Parameters& parameters,
                              const Sliced& sliced, const result::Measured& measured);

}  // namespace glovebox::scoring
