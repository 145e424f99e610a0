// standing.h: where a score stands: percentile and Z in the reference that the person chose, and Z beside what the
// person's ancestry alone would lead to expect. Both rest on plain values given with the request: the label of a
// reference group, the principal components.
#pragma once
#include "bundle/manifest.h"
#include "protocol/parameters.h"
#include "result/result.h"

namespace glovebox::scoring {

// stands_for says that a plain value of this name is for Standing, whether or not a feature has that name too.
bool stands_for(const bundle::Manifest& manifest, std::string_view name);

class Standing {
 public:
  // create: value_unknown for a group that the model does not name, or a component that is no number. The manifest must
  // outlive it.
  static Result<Standing> create(const bundle::Manifest& manifest, const std::vector<protocol::NamedValue>& given);

  // reference is the distribution that percentile and Z are of; null if there is none.
  const bundle::Reference* reference() const { return reference_; }
  // place sets a row's percentile, z, z_norm1 and z_norm2, as far as there is something to compare with.
  // value_out_of_range for components far outside the reference panel's space, or an sd beside which a score is none.
  Status place(double score, result::Row& row) const;
  // warning says why there is no Z beside ancestry although the model has one; nothing if there is one.
  std::optional<std::string> warning() const;

 private:
  explicit Standing(const bundle::Manifest& manifest) : manifest_(&manifest) {}
  const bundle::Manifest* manifest_;
  const bundle::Reference* reference_ = nullptr;
  std::vector<double> components_;  // all of them, or none
  std::string missing_;             // names of those that were not given
};

}  // namespace glovebox::scoring
