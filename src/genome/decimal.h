// decimal.h: decimal numbers as VCFs write them, read exactly: a dosage must not depend on how a machine rounds.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace glovebox::genome {

constexpr std::size_t decimal_text_max = 64;  // bytes; 17 digits and an exponent are all that a double needs

// millionths reads "1.2", "-0.003", ".5", "1e-05" or "+2E3" and rounds to the millionth, ties to even. Nothing for
// other text (nan, inf, hexadecimal), for more than decimal_text_max bytes, and from 10^12 on.
std::optional<std::int64_t> millionths(std::string_view text);

// half is half of it, ties to even.
std::int32_t half(std::int32_t value);

}  // namespace glovebox::genome
