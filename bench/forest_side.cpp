// layers: model engine
// forest_side MODEL ROWS FEATURES WAY batch|single: one side of a comparison, the forests' engine, resident
// (peers/resident.h). WAY is `floats`, of float32 rows; `codes`, of a byte for each dosage: 0, 1, 2 or 3 for missing;
// or `planes`, of the same bytes turned into the reader's planes beforehand.
#include "base/file.h"
#include "engine/dosage_forest.h"
#include "engine/real_forest.h"
#include "model/load.h"
#include "peers/resident.h"

using namespace glovebox;

namespace {
constexpr std::size_t rows_of_a_stride = 256;

class Floats {
 public:
  Floats(const engine::RealForest& forest, const char* path)
      : forest_(forest), workspace_(forest), rows_(bench::values_of<float>(path)) {}
  std::size_t rows() const { return rows_.size() / forest_.features(); }
  void one(std::size_t i, std::span<float> out) {
    forest_.row(std::span(rows_).subspan(i * forest_.features(), forest_.features()), out, workspace_);
  }
  void all(std::span<float> out) { forest_.batch(rows_, rows(), out, workspace_); }

 private:
  const engine::RealForest& forest_;
  engine::RealWorkspace workspace_;
  std::vector<float> rows_;
};

class Codes {
 public:
  Codes(const engine::DosageForest& forest, const char* path, bool planes)
      : forest_(forest), workspace_(forest), rows_(bench::values_of<std::uint8_t>(path)) {
    if (!planes) return;
    const std::size_t features = forest_.features();
    stride_ = (rows() + rows_of_a_stride - 1) / rows_of_a_stride * (rows_of_a_stride / 64);
    lo_.resize(features * stride_);
    hi_.resize(features * stride_);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const std::size_t word = i % features * stride_ + i / features / 64;
      const std::uint64_t code = rows_[i];
      lo_[word] |= (code & 1) << (i / features % 64);
      hi_[word] |= (code >> 1 & 1) << (i / features % 64);
    }
  }
  std::size_t rows() const { return rows_.size() / forest_.features(); }
  void one(std::size_t i, std::span<float> out) {
    forest_.row(std::span(rows_).subspan(i * forest_.features(), forest_.features()), out, workspace_);
  }
  void all(std::span<float> out) {
    if (stride_ != 0)
      forest_.batch_planes(lo_, hi_, stride_, rows(), out, workspace_);
    else
      forest_.batch_row_major(rows_, rows(), out, workspace_);
  }

 private:
  const engine::DosageForest& forest_;
  engine::DosageWorkspace workspace_;
  std::vector<std::uint8_t> rows_;
  std::vector<std::uint64_t> lo_, hi_;
  std::size_t stride_ = 0;
};

int serve(auto& side, std::size_t groups, bool batch) {
  std::vector<float> out(side.rows() * groups);
  std::size_t next = 0;
  return bench::serve(
      [&] {
        if (batch) {
          side.all(out);
        } else {
          side.one(next, std::span(out).subspan(next * groups, groups));
          next = (next + 1) % side.rows();
        }
      },
      [&] {
        if (batch)
          side.all(out);
        else
          for (std::size_t i = 0; i < side.rows(); ++i) side.one(i, std::span(out).subspan(i * groups, groups));
        return std::span<const float>(out);
      });
}

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << "forest_side: " << describe(result.error()) << "\n";
  std::exit(1);
}
}  // namespace

int main(int count, char** arguments) {
  if (count != 6) return 2;
  const auto model = must(model::load(must(read_file(arguments[1], std::size_t{1} << 30))));
  if (model.features != std::stoull(arguments[3])) {
    std::cerr << "forest_side: another number of features\n";
    return 1;
  }
  const bool batch = bench::is_batch(arguments[5]);
  const std::string_view way = arguments[4];
  if (way == "floats") {
    const auto forest = must(engine::RealForest::compile(model));
    Floats side(forest, arguments[2]);
    return serve(side, model.groups, batch);
  }
  const auto forest = must(engine::DosageForest::compile(model));
  Codes side(forest, arguments[2], way == "planes");
  return serve(side, model.groups, batch);
}
