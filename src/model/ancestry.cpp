#include "model/ancestry.h"

#include <algorithm>
#include <cmath>

namespace glovebox::model {
namespace {
std::unexpected<Error> bad(std::string found, std::string expected) {
  return fail(Reject::model_invalid, "ancestry: " + std::move(found), std::move(expected));
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= component_name_max &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c != 0x7f && c != '='; });
}

Status check_linear(const Linear& linear, std::size_t components, const char* which) {
  if (linear.coefficients.size() != components)
    return bad(std::to_string(linear.coefficients.size()) + " coefficients of " + which,
               std::to_string(components) + ", one for each component");
  const bool finite = std::isfinite(linear.intercept) &&
                      std::ranges::all_of(linear.coefficients, [](double v) { return std::isfinite(v); });
  return finite ? Status{} : bad(std::string("a coefficient of ") + which + " that is not finite", "a number");
}
}  // namespace

double Linear::at(std::span<const double> x) const {
  double out = intercept;
  for (std::size_t i = 0; i < coefficients.size(); ++i) {
    const double term = coefficients[i] * x[i];
    out += term;
  }
  return out;
}

Status Ancestry::check() const {
  if (components.empty() || components.size() > components_max)
    return bad(std::to_string(components.size()) + " components", "1 to " + std::to_string(components_max));
  for (std::size_t i = 0; i < components.size(); ++i) {
    const Component& c = components[i];
    if (!good_name(c.name)) return bad("the name of a component", "1 to 64 printable bytes without blank or =");
    for (std::size_t k = 0; k < i; ++k)
      if (components[k].name == c.name) return bad("component " + c.name + " twice", "each name once");
    if (!std::isfinite(c.mean) || !(std::isfinite(c.sd) && c.sd > 0))
      return bad("mean or sd of component " + c.name, "finite, the sd above 0");
  }
  if (!std::isfinite(offset)) return bad("an offset that is not finite", "a number");
  if (!(std::isfinite(residual_sd) && residual_sd > 0)) return bad("the residuals' sd", "finite, above 0");
  GLOVEBOX_CHECK(check_linear(mean1, components.size(), "z_norm1's mean"));
  GLOVEBOX_CHECK(check_linear(mean2, components.size(), "z_norm2's mean"));
  return check_linear(log_variance, components.size(), "z_norm2's variance");
}

Result<Adjusted> adjust(const Ancestry& ancestry, double score, std::span<const double> pcs) {
  std::vector<double> x(ancestry.components.size());
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = (pcs[i] - ancestry.components[i].mean) / ancestry.components[i].sd;
  const double centred = score - ancestry.offset;
  const Adjusted out{.z_norm1 = (centred - ancestry.mean1.at(x)) / ancestry.residual_sd,
                     .z_norm2 = (centred - ancestry.mean2.at(x)) / std::sqrt(std::exp(ancestry.log_variance.at(x)))};
  if (!std::isfinite(out.z_norm1) || !std::isfinite(out.z_norm2))
    return fail(Reject::value_out_of_range, "principal components far outside the reference panel's",
                "coordinates in the space of the model's reference panel");
  return out;
}

}  // namespace glovebox::model
