// ancestry.h: a polygenic score beside what a person's genetic ancestry alone would lead to expect of it. The mean and
// the spread of a score differ between populations for reasons that have nothing to do with risk, so a raw sum can only
// be compared within one. Regressing a reference panel's scores on its principal components (PCs), once and by whoever
// makes the model, gives a mean, and a variance, for every place in that space; a person's score is then told as
// standard deviations from them. This is the "continuous" adjustment of Khera et al. 2019 (Z_norm1) and of Khan et al.
// 2022 (Z_norm2), with the names and the definitions of the PGS Catalog's calculator (pgscatalog-utils,
// ancestry/tools.py):
//
//   x[i]    = (PC[i] - mean[i]) / sd[i]              over the reference panel, population sd (divided by n)
//   Z_norm1 = (score - offset - (a + sum b[i] x[i])) / sd of the panel's residuals
//   Z_norm2 = (score - offset - (c + sum d[i] x[i])) / sqrt(exp(e + sum f[i] x[i]))
//
// where offset is the panel's mean score. PCs are the person's coordinates in the panel's own space, as projected by
// whoever made the model's coefficients; a PC of another projection gives a number without a meaning, and nothing here
// can tell.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace glovebox::model {

constexpr std::size_t components_max = 32;
constexpr std::size_t component_name_max = 64;  // bytes

// Component is one PC: the name that a person gives its value by, and its mean and sd in the reference panel.
struct Component {
  std::string name = {};
  double mean = 0;
  double sd = 1;
  bool operator==(const Component&) const = default;
};

// Linear is a sum over standardised PCs: at = intercept + sum coefficients[i] * x[i].
struct Linear {
  double intercept = 0;
  std::vector<double> coefficients = {};  // one for each component
  double at(std::span<const double> x) const;
  bool operator==(const Linear&) const = default;
};

struct Ancestry {
  std::vector<Component> components = {};
  double offset = 0;
  Linear mean1 = {};       // Z_norm1
  double residual_sd = 1;  // of the panel around mean1
  Linear mean2 = {};       // Z_norm2
  Linear log_variance = {};

  // check: model_invalid for a list of another length than the components', a name twice or not 1 to 64 printable
  // bytes, a number that is not finite, an sd that is not above 0.
  Status check() const;
  bool operator==(const Ancestry&) const = default;
};

struct Adjusted {
  double z_norm1 = 0;
  double z_norm2 = 0;
};

// adjust takes a checked Ancestry and one PC for each component. Computed in float64, in the order written above, with
// no multiplication fused into an addition; a PC so far out that a number overflows gives value_out_of_range.
Result<Adjusted> adjust(const Ancestry& ancestry, double score, std::span<const double> pcs);

}  // namespace glovebox::model
