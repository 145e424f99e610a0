// xgboost_testing.h: libxgboost 3.0 as an oracle, and every model that it can be asked about: the fixtures in the tree,
// those in the data beside it, and later ones that the test rewrites into the 3.0 form.
#pragma once
#include <gtest/gtest.h>
#include <xgboost/c_api.h>

#include <limits>
#include <optional>
#include <string>

#include "model/load.h"
#include "support.h"

namespace glovebox::engine::testing {

// Oracle is one loaded booster. It is asked in place, where values may be infinite; DART models through a matrix, where
// they may not: in place libxgboost adds DART's trees in another order. NaN is missing.
class Oracle {
 public:
  enum class What { predictions = 0, margins = 1 };

  Oracle(View weights, const model::Ensemble& model) : features_(model.features), in_place_(model.weight.empty()) {
    EXPECT_EQ(XGBoosterCreate(nullptr, 0, &booster_), 0);
    EXPECT_EQ(XGBoosterSetParam(booster_, "nthread", "1"), 0);
    EXPECT_EQ(XGBoosterLoadModelFromBuffer(booster_, weights.data(), weights.size()), 0) << XGBGetLastError();
  }
  ~Oracle() { XGBoosterFree(booster_); }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;

  bool takes_infinite() const { return in_place_; }

  // of answers rows that lie one after the other.
  std::vector<float> of(const std::vector<float>& rows, What what = What::margins) {
    return in_place_ ? of_array(rows, what) : of_matrix(rows, what);
  }

 private:
  std::vector<float> of_array(const std::vector<float>& rows, What what) {
    const std::string values = "{\"data\":[" + std::to_string(reinterpret_cast<std::uintptr_t>(rows.data())) +
                               ",true],\"shape\":[" + std::to_string(rows.size() / features_) + "," +
                               std::to_string(features_) + "],\"typestr\":\"<f4\",\"version\":3}";
    const std::string config = "{\"type\":" + std::to_string(static_cast<int>(what)) +
                               ",\"training\":false,\"iteration_begin\":0,\"iteration_end\":0,"
                               "\"strict_shape\":true,\"cache_id\":0,\"missing\":NaN}";
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* out = nullptr;
    if (XGBoosterPredictFromDense(booster_, values.c_str(), config.c_str(), nullptr, &shape, &dimensions, &out) != 0) {
      ADD_FAILURE() << XGBGetLastError();
      return {};
    }
    std::size_t size = 1;
    for (bst_ulong i = 0; i < dimensions; ++i) size *= shape[i];
    return {out, out + size};
  }

  std::vector<float> of_matrix(const std::vector<float>& rows, What what) {
    DMatrixHandle matrix = nullptr;
    constexpr float missing = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(XGDMatrixCreateFromMat(rows.data(), rows.size() / features_, features_, missing, &matrix), 0)
        << XGBGetLastError();
    bst_ulong size = 0;
    const float* out = nullptr;
    EXPECT_EQ(XGBoosterPredict(booster_, matrix, static_cast<int>(what), 0, 0, &size, &out), 0) << XGBGetLastError();
    std::vector<float> copy(out, out + size);
    XGDMatrixFree(matrix);
    return copy;
  }

  std::size_t features_;
  bool in_place_;
  BoosterHandle booster_ = nullptr;
};

// replaced writes `with` for the text from each `begin` (white space aside) to the next `end`, both included; nothing
// if there is none, or if what stands between has a comma and may not.
inline std::optional<std::string> replaced(std::string_view text, std::string_view key, std::string_view begin,
                                           std::string_view end, bool comma, const auto& with) {
  std::string out;
  bool found = false;
  for (std::size_t at = 0;;) {
    const std::size_t key_at = text.find(key, at);
    if (key_at == std::string_view::npos) {
      out += text.substr(at);
      return found ? std::optional(out) : std::nullopt;
    }
    const std::size_t value_at = text.find_first_not_of(" \t\r\n", key_at + key.size());
    out += text.substr(at, key_at + key.size() - at);
    at = key_at + key.size();
    if (value_at == std::string_view::npos || !text.substr(value_at).starts_with(begin)) continue;
    const std::size_t inside = value_at + begin.size();
    const std::size_t end_at = text.find(end, inside);
    if (end_at == std::string_view::npos) continue;
    const std::string_view between = text.substr(inside, end_at - inside);
    if (!comma && between.contains(',')) continue;
    out += with(between);
    at = end_at + end.size();
    found = true;
  }
}

// in_3_0_form: from 3.1 on base_score is a list; with one value that is all that stands between gbtree's models
// and 3.0.
inline std::optional<Bytes> in_3_0_form(const std::filesystem::path& file, const Bytes& bytes) {
  const std::string_view text = text_of(bytes);
  if (file.extension() != ".json" || text.contains("weight_drop")) return std::nullopt;
  const auto one = replaced(text, "\"base_score\":", "\"[", "]\"", false,
                            [](std::string_view score) { return '"' + std::string(score) + '"'; });
  if (!one) return std::nullopt;
  const auto out =
      replaced(*one, "\"version\":", "[", "]", true, [](std::string_view) { return std::string("[3,0,0]"); });
  return to_bytes(view_of(out.value_or(*one)));
}

struct Fixture {
  std::filesystem::path file;
  Bytes weights;  // as libxgboost 3.0 reads it
  model::Ensemble model;
  bool later = false;  // than 3.0; rewritten
};

// fixtures are all that libxgboost 3.0 reads; those in the tree alone where there are no data beside it.
inline std::vector<Fixture> fixtures() {
  std::vector<std::filesystem::path> files;
  for (const auto& folder : {test::vectors() / "model", test::shared() / "data/xgboost"})
    if (std::filesystem::exists(folder))
      for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
        if (entry.path().extension() == ".json" || entry.path().extension() == ".ubj") files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<Fixture> out;
  for (const auto& file : files) {
    Bytes weights = test::read(file);
    auto loaded = model::load(weights);
    if (!loaded) continue;  // refused ones, and other files of JSON
    const bool later = loaded->version >= model::Version{3, 1, 0};
    if (later) {
      auto older = in_3_0_form(file, weights);
      if (!older) continue;
      weights = std::move(*older);
    }
    out.push_back({file, std::move(weights), std::move(*loaded), later});
  }
  EXPECT_GE(out.size(), 20U);
  EXPECT_TRUE(std::ranges::any_of(out, &Fixture::later));
  return out;
}

}  // namespace glovebox::engine::testing
