// input.h: a request's data on its way to rows of features. One class for each kind of input.
#pragma once
#include <memory>

#include "genome/reader.h"
#include "scoring/csv.h"
#include "scoring/plain_values.h"

namespace glovebox::scan {
class Workers;
}

namespace glovebox::scoring {

// Notes are what a person should know about the data beside the rows.
struct Notes {
  std::optional<std::string> build = {};
  std::optional<std::string> build_standing = {};
  bool with_callable = false;  // callable regions came with the data
  std::vector<std::string> warnings = {};
  std::optional<std::string> match_log = {};  // where the parameters ask for one
};

// GenomeReader reads a VCF in a way of its own: for these sites, under these options. Nothing: it has to be read whole.
using GenomeReader =
    std::function<Result<std::optional<genome::Extracted>>(const genome::Panel&, const genome::Options&)>;

class Input {
 public:
  virtual ~Input() = default;
  // callable takes the next piece of the callable regions, before any data; usage where there is no such thing.
  virtual Status callable(View piece);
  virtual Status feed(View piece) = 0;
  // read_by lets a reader do in one go what feed and finish do; after the callable regions, if there are any. Nothing
  // where the reader gives nothing, or this input is no VCF: then feed is called as ever.
  virtual Result<std::optional<Notes>> read_by(const GenomeReader& reader);
  // finish hands out what is left and says what else is to be known.
  virtual Result<Notes> finish() = 0;
};

// Of a cohort's states: 2 bytes for each person and site of the model, so 128 million of these.
constexpr std::size_t default_cohort_bytes_max = std::size_t{256} << 20;

struct InputSetup {
  const bundle::Bundle& bundle;
  const protocol::Parameters& parameters;
  const PlainValues& values;
  std::uint64_t inflated_max;
  std::size_t match_log_room;  // bytes, where the parameters ask for one
  RowSink rows;
  bool reference_reader = false;  // these: see JobOptions
  std::size_t cohort_bytes_max = default_cohort_bytes_max;
  std::size_t threads = 1;
  scan::Workers* workers = nullptr;
};

// genome_row hands out the row of what was read of a VCF, by whatever reader: value_missing. Its match log is part of
// the notes where the parameters ask for one.
Result<Notes> genome_row(const InputSetup& setup, const genome::Extracted& extracted, bool with_callable);

// genome_input reads a VCF: one row, or one for each person where the parameters ask for all samples.
// features_mismatch if the model has no sites; input_kind_undeclared, build_mismatch; then what genome::check_rules,
// CallableReader and Extraction refuse, and value_missing. All samples: what scan::Cohort refuses; what is refused of
// one person is refused of all, with the sample's name.
Result<std::unique_ptr<Input>> genome_input(const InputSetup& setup);
// table_input reads CSV whose columns are named as the model's features, in any order: one row for each line. Sites may
// stand in columns too, as dosages. Columns that the model does not know are left out and reported. table_malformed,
// value_missing, value_unknown, value_out_of_range, each with the line.
Result<std::unique_ptr<Input>> table_input(const InputSetup& setup);
// values_input takes no data: the given values are the row. features_mismatch if the model has sites.
Result<std::unique_ptr<Input>> values_input(const InputSetup& setup);

}  // namespace glovebox::scoring
