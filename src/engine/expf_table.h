// expf_table.h: the constants of exp(x) = 2^(k/32) x e^r, |r| <= ln 2 / 64, as glibc has them since 2.27.
#pragma once
#include <cstddef>
#include <cstdint>

namespace glovebox::engine::expf_table {

constexpr std::size_t steps = 32;
// The bits of 2^(i/32) rounded to a double, less i << 47: so that adding k << 47 gives 2^(k/32) for any whole k whose
// last five bits are i.
constexpr std::uint64_t powers[steps] = {
    0x3ff0000000000000, 0x3fefd9b0d3158574, 0x3fefb5586cf9890f, 0x3fef9301d0125b51, 0x3fef72b83c7d517b,
    0x3fef54873168b9aa, 0x3fef387a6e756238, 0x3fef1e9df51fdee1, 0x3fef06fe0a31b715, 0x3feef1a7373aa9cb,
    0x3feedea64c123422, 0x3feece086061892d, 0x3feebfdad5362a27, 0x3feeb42b569d4f82, 0x3feeab07dd485429,
    0x3feea47eb03a5585, 0x3feea09e667f3bcd, 0x3fee9f75e8ec5f74, 0x3feea11473eb0187, 0x3feea589994cce13,
    0x3feeace5422aa0db, 0x3feeb737b0cdc5e5, 0x3feec49182a3f090, 0x3feed503b23e255d, 0x3feee89f995ad3ad,
    0x3feeff76f2fb5e47, 0x3fef199bdd85529c, 0x3fef3720dcef9069, 0x3fef5818dcfba487, 0x3fef7c97337b9b5f,
    0x3fefa4afa2a490da, 0x3fefd0765b6e4540};
constexpr double steps_by_ln2 = 0x1.71547652b82fep+5;  // 32 / ln 2
constexpr double rounding = 0x1.8p52;                  // added and taken away again: rounds to a whole number
// e^r as a cubic in r x 32 / ln 2.
constexpr double cubic = 0x1.c6af84b912394p-20;
constexpr double square = 0x1.ebfce50fac4f3p-13;
constexpr double linear = 0x1.62e42ff0c52d6p-6;

constexpr std::uint32_t overflow_above = 0x42b17217;   // 0x1.62e42ep6: above it the result is infinite
constexpr std::uint32_t underflow_above = 0x42cff1b4;  // 0x1.9fe368p6: of -x, above it the result is 0

// Where the arithmetic without fused multiplication rounds the other way.
struct Exception {
  std::uint32_t x, result;
};
constexpr Exception exceptions[] = {{0x4202422f, 0x56fc9f1c}, {0xc27c65d9, 0x11fa2993}};

}  // namespace glovebox::engine::expf_table
