#include "report/picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "report/text.h"

namespace glovebox::report {
namespace {
// place returns where a value lies in the distribution's range, 0 to 1; values beyond it stand at its ends.
float place(std::span<const float> quantiles, float value) {
  const float width = quantiles.back() - quantiles.front();
  return width > 0 ? std::clamp((value - quantiles.front()) / width, 0.0F, 1.0F) : 0.5F;
}

// smooth evens out the steps that a few quantiles make.
std::vector<float> smooth(std::vector<float> bins) {
  for (int round = 0; round < 2; ++round) {
    std::vector<float> out(bins.size());
    for (std::size_t i = 0; i < bins.size(); ++i) {
      const float left = bins[i == 0 ? 0 : i - 1];
      const float right = bins[std::min(i + 1, bins.size() - 1)];
      out[i] = (left + 2 * bins[i] + right) / 4;
    }
    bins = std::move(out);
  }
  return bins;
}

std::string number(float value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", static_cast<double>(value));
  return text;
}
}  // namespace

std::vector<float> density(std::span<const float> quantiles, std::size_t bins) {
  if (quantiles.size() < 2 || bins == 0 || !(quantiles.back() > quantiles.front())) return {};
  std::vector<float> out(bins, 0.0F);
  const float width = (quantiles.back() - quantiles.front()) / static_cast<float>(bins);
  const float mass = 1.0F / static_cast<float>(quantiles.size() - 1);
  for (std::size_t q = 0; q + 1 < quantiles.size(); ++q) {  // the mass between two neighbours lies evenly between them
    const float low = quantiles[q];
    const float high = quantiles[q + 1];
    const auto bin_of = [&](float v) {
      return std::min(static_cast<std::size_t>(std::max(0.0F, (v - quantiles.front()) / width)), bins - 1);
    };
    const std::size_t first = bin_of(low);
    const std::size_t last = bin_of(high);
    for (std::size_t b = first; b <= last; ++b) {
      const float from = std::max(low, quantiles.front() + static_cast<float>(b) * width);
      const float to = b == last ? high : std::min(high, quantiles.front() + static_cast<float>(b + 1) * width);
      out[b] +=
          high > low ? mass * std::max(0.0F, to - from) / (high - low) : mass / static_cast<float>(last - first + 1);
    }
  }
  return out;
}

std::string terminal_picture(const result::Reference& reference, float value, std::size_t columns) {
  const auto bins = smooth(density(reference.quantiles, columns));
  if (bins.empty() || std::isnan(value)) return {};
  constexpr std::array<const char*, 9> bars = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const float top = *std::ranges::max_element(bins);
  std::string line;
  for (const float share : bins) line += bars[static_cast<std::size_t>(std::lround(share / top * 8))];
  const auto mark = static_cast<std::size_t>(place(reference.quantiles, value) * static_cast<float>(columns - 1));
  return line + "\n" + std::string(mark, ' ') + "▲";
}

std::string svg_picture(const result::Report& report, float value) {
  if (!report.reference) return {};
  const auto& quantiles = report.reference->quantiles;
  constexpr std::size_t points = 96;
  const auto bins = smooth(density(quantiles, points));
  if (bins.empty() || std::isnan(value)) return {};
  constexpr float width = 640;
  constexpr float height = 180;
  constexpr float base = 150;
  const float top = *std::ranges::max_element(bins);
  const auto x_of = [](float part) { return 10 + part * (width - 20); };

  std::string path = "M" + number(x_of(0)) + " " + number(base);
  for (std::size_t i = 0; i < points; ++i)
    path += " L" + number(x_of((static_cast<float>(i) + 0.5F) / points)) + " " + number(base - bins[i] / top * 125);
  path += " L" + number(x_of(1)) + " " + number(base) + " Z";

  std::string svg = "<svg role=\"img\" aria-label=\"where this score stands in the reference\" viewBox=\"0 0 " +
                    number(width) + " " + number(height) + "\"><path class=\"curve\" d=\"" + path + "\"/>";
  for (const auto& category : report.categories) {
    if (!category.below || *category.below <= quantiles.front() || *category.below >= quantiles.back()) continue;
    const std::string x = number(x_of(place(quantiles, *category.below)));
    svg += "<line class=\"cut\" x1=\"" + x + "\" x2=\"" + x + "\" y1=\"20\" y2=\"" + number(base) + "\"/>";
  }
  const float mark = x_of(place(quantiles, value));
  svg += "<line class=\"mark\" x1=\"" + number(mark) + "\" x2=\"" + number(mark) + "\" y1=\"12\" y2=\"" + number(base) +
         "\"/>";
  svg += "<circle class=\"mark\" cx=\"" + number(mark) + "\" cy=\"12\" r=\"5\"/>";
  svg += "<text x=\"10\" y=\"170\">" + escape_html(short_number(quantiles.front())) +
         "</text><text text-anchor=\"end\" x=\"" + number(width - 10) + "\" y=\"170\">" +
         escape_html(short_number(quantiles.back())) + "</text></svg>";
  return svg;
}
}  // namespace glovebox::report
