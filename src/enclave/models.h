// models.h: the bundles that an enclave holds, from its start to its end.
#pragma once
#include <filesystem>
#include <optional>

#include "bundle/bundle.h"
#include "scoring/slice_score.h"

namespace glovebox::enclave {

constexpr std::string_view bundle_extension = ".glovebox";
constexpr std::size_t models_max = 64;

class Models {
 public:
  // load reads every bundle of a folder, in the order of their names: file_unreadable, config_invalid where there is
  // none, one model stands twice or there are too many; and what bundle::load refuses, with the file's name.
  static Result<Models> load(const std::filesystem::path& folder);
  static Result<Models> of(std::vector<bundle::Bundle> bundles);

  const std::vector<bundle::Bundle>& all() const { return bundles_; }
  // slices are the same models, made ready to score slices.
  const std::vector<scoring::SliceModel>& slices() const { return slices_; }
  std::optional<std::size_t> find(const Digest& digest) const;
  std::vector<Digest> digests() const;  // ascending

 private:
  std::vector<bundle::Bundle> bundles_;
  std::vector<scoring::SliceModel> slices_;  // of bundles_, in the same order
};

}  // namespace glovebox::enclave
