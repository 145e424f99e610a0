// picture.h: a reference distribution with one person's mark, for a terminal and for a page.
#pragma once
#include <string>
#include <vector>

#include "result/result.h"

namespace glovebox::report {

// density splits the range of ascending quantiles, evenly spaced in probability, into `bins` of equal width and returns
// each one's share, 0 to 1. Empty where there are fewer than two quantiles or no width.
std::vector<float> density(std::span<const float> quantiles, std::size_t bins);

// terminal_picture is two or three lines of `columns` characters: the distribution as bars, and a mark below.
std::string terminal_picture(const result::Reference& reference, float value, std::size_t columns);

// svg_picture is the same as an SVG element, with the categories' borders.
std::string svg_picture(const result::Report& report, float value);

}  // namespace glovebox::report
