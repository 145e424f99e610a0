#include "engine/transform.h"

#include <cstdlib>

#include "engine/expf.h"
#include "engine/floats.h"
#include "engine/quotient.h"

namespace glovebox::engine {
namespace {
using model::Link;

float logistic(float x) {
  const std::uint32_t minus = bits_of(x) ^ ~magnitude_bits;
  const std::uint32_t most = bits_of(88.7F);
  const std::uint32_t power = choose(mask_less(most, minus), most, minus);
  const std::uint32_t raised = bits_of(exp_of(float_of(power)));
  // Beside 1 a subnormal counts for nothing.
  const float denominator = float_of(raised & ~mask_subnormal_or_zero(raised)) + 1.0F + 1e-16F;
  return quotient(1.0, denominator);
}

void softmax(std::span<const float> margins, std::span<float> out) {
  std::uint32_t most = bits_of(margins[0]);
  for (const float m : margins.subspan(1)) {
    const std::uint32_t bits = bits_of(m);
    most = choose(mask_less(most, bits) | (mask_nan(most) & ~mask_nan(bits)), bits, most);
  }
  double sum = 0;
  for (std::size_t i = 0; i < margins.size(); ++i) {
    out[i] = exp_of(margins[i] - float_of(most));
    sum += widen(bits_of(out[i]));
  }
  const auto below = static_cast<float>(sum);
  for (float& v : out) v = quotient(widen(bits_of(v)), below);
}

float argmax(std::span<const float> margins) {
  std::uint32_t most = bits_of(margins[0]);
  std::uint32_t at = 0;
  for (std::uint32_t i = 1; i < margins.size(); ++i) {
    const std::uint32_t bits = bits_of(margins[i]);
    const std::uint32_t more = mask_less(most, bits);
    most = choose(more, bits, most);
    at = choose(more, i, at);
  }
  return static_cast<float>(at);
}
}  // namespace

void transform(Link link, std::span<const float> margins, std::span<float> out) {
  if (margins.empty() || out.size() != (link == Link::argmax ? 1 : margins.size())) std::abort();
  switch (link) {
    case Link::identity:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = margins[i];
      break;
    case Link::logistic:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = logistic(margins[i]);
      break;
    case Link::exponential:
      for (std::size_t i = 0; i < out.size(); ++i) out[i] = exp_of(margins[i]);
      break;
    case Link::softmax:
      softmax(margins, out);
      break;
    case Link::argmax:
      out[0] = argmax(margins);
      break;
    case Link::step:
      for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = float_of(mask_less(bits_of(0.0F), bits_of(margins[i])) & bits_of(1.0F));
      break;
  }
}

}  // namespace glovebox::engine
