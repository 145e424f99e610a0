#include "scan/extraction.h"

namespace glovebox::scan {
namespace {
// Person hands rows to the reference.
class Person final : public RowSink {
 public:
  Person(const genome::Panel& panel, genome::Options options) : rows_(panel, std::move(options)) {}
  Status header(genome::Header header) override { return rows_.header(std::move(header)); }
  Status row(const genome::Line& line) override { return rows_.row(line); }
  bool snv(std::uint32_t site, const genome::Matcher::Snv& row) override { return rows_.snv(site, row); }
  void skip(std::uint64_t rows, std::uint64_t position) override { rows_.skip(rows, position); }
  std::size_t columns() const override { return rows_.columns(); }
  std::size_t sample() const override { return rows_.sample(); }
  const genome::Options& options() const { return rows_.options(); }
  Result<genome::Extracted> finish() { return rows_.finish(); }

 private:
  genome::PersonRows rows_;
};
}  // namespace

struct Extraction::State {
  State(const genome::Panel& panel, genome::Options options, const Resources& resources)
      : person(panel, std::move(options)), file(panel, person.options(), resources, person) {}

  Person person;
  WholeFile file;
};

Extraction::Extraction(const genome::Panel& panel, genome::Options options, Resources resources)
    : state_(std::make_unique<State>(panel, std::move(options), resources)) {}
Extraction::~Extraction() = default;
Extraction::Extraction(Extraction&&) noexcept = default;
Extraction& Extraction::operator=(Extraction&&) noexcept = default;

Status Extraction::feed(View piece) {
  return state_->file.feed(piece);
}

Result<genome::Extracted> Extraction::finish() {
  GLOVEBOX_CHECK(state_->file.finish());
  return state_->person.finish();
}

}  // namespace glovebox::scan
