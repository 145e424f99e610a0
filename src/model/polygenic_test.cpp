#include "model/polygenic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support.h"

namespace glovebox::model {
namespace {

constexpr Int128 huge = weight_total_max;

std::string round_trip(std::string_view text, int places = weight_places) {
  const auto v = parse_decimal(text, places, huge);
  return v ? to_decimal(v->units, places) : test::reason_of(v);
}

TEST(Decimal, IsReadExactlyAndWrittenInOneForm) {
  EXPECT_EQ(round_trip("-2.76E-02"), "-0.0276");
  EXPECT_EQ(round_trip("1.045457e-02"), "0.01045457");
  EXPECT_EQ(round_trip("0.16220387987485377"), "0.16220387987485377");
  EXPECT_EQ(round_trip("+3"), "3");
  EXPECT_EQ(round_trip("-0"), "0");
  EXPECT_EQ(round_trip("-0.000"), "0");
  EXPECT_EQ(round_trip(".5"), "0.5");
  EXPECT_EQ(round_trip("5."), "5");
  EXPECT_EQ(round_trip("00012.500"), "12.5");
  EXPECT_EQ(round_trip("1e+3"), "1000");
  EXPECT_EQ(round_trip("0e9999"), "0");
  EXPECT_EQ(round_trip("0.000000000000000000000001"), "0.000000000000000000000001");  // the last place
  EXPECT_EQ(round_trip("1200e-26"), "0.000000000000000000000012");                    // zeros beyond it are no digits
  EXPECT_EQ(round_trip("50000000"), "50000000");
}

TEST(Decimal, WhatIsNoneIsRefused) {
  for (const char* text :
       {"",    ".",   "-",    "+",   "e5", "1e", "1e+",     "1e+-5", "1e--5", "1.2.3", "0x10",    "nan",
        "NaN", "inf", "-inf", "1,5", " 1", "1 ", "1e99999", "--1",   "+-1",   "1_000", "\xd9\xa1"})
    EXPECT_EQ(round_trip(text), "model_malformed") << text;
  EXPECT_EQ(round_trip(std::string(129, '1')), "model_malformed");
  EXPECT_EQ(round_trip("50000000.000000000000000000000001"), "model_invalid");
  EXPECT_EQ(round_trip("-50000001"), "model_invalid");
  EXPECT_EQ(round_trip("1e15"), "model_invalid");
  EXPECT_EQ(round_trip("1e9999"), "model_invalid");
  EXPECT_EQ(round_trip("1e-25"), "model_invalid");  // a place too many
}

TEST(Decimal, RoundsAHalfToTheEvenOneWhereAsked) {
  const auto rounded = [](std::string_view text) {
    const auto v = parse_decimal(text, 2, huge, Beyond::round_half_even).value();
    return to_decimal(v.units, 2) + (v.rounded ? "*" : "");
  };
  EXPECT_EQ(rounded("0.125"), "0.12*");
  EXPECT_EQ(rounded("0.135"), "0.14*");
  EXPECT_EQ(rounded("0.12500000001"), "0.13*");
  EXPECT_EQ(rounded("-0.125"), "-0.12*");
  EXPECT_EQ(rounded("-0.1251"), "-0.13*");
  EXPECT_EQ(rounded("0.005"), "0*");
  EXPECT_EQ(rounded("0.015"), "0.02*");
  EXPECT_EQ(rounded("0.0051"), "0.01*");
  EXPECT_EQ(rounded("0.0009"), "0*");
  EXPECT_EQ(rounded("9e-9"), "0*");
  EXPECT_EQ(rounded("0.995"), "1*");
  EXPECT_EQ(rounded("1.50"), "1.5");
}

// random_decimal writes a number as authors and programs do: with or without exponent, signs, needless zeros.
std::string random_decimal(std::mt19937_64& random) {
  std::string text = random() % 3 == 0 ? "-" : random() % 7 == 0 ? "+" : "";
  for (std::size_t n = random() % 4; n-- > 0;) text += static_cast<char>('0' + random() % 10);
  const std::size_t places = 1 + random() % 17;
  text += "0.";
  for (std::size_t n = places; n-- > 0;) text += static_cast<char>('0' + random() % 10);
  if (random() % 2 == 0) text += (random() % 2 == 0 ? "e-0" : "E-") + std::to_string(random() % 8);
  return text;
}

TEST(Decimal, WhatIsWrittenReadsAsTheSame) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_decimal(random);
    const auto v = parse_decimal(text, weight_places, huge);
    ASSERT_TRUE(v) << text;
    const std::string written = to_decimal(v->units, weight_places);
    ASSERT_EQ(parse_decimal(written, weight_places, huge)->units, v->units) << text;
    ASSERT_EQ(to_decimal(parse_decimal(written, weight_places, huge)->units, weight_places), written);
    ASSERT_EQ(to_double(v->units, weight_places), std::stod(text)) << text;  // the nearest float64, both times
  }
}

// Big is decimal arithmetic as it is done by hand, on digits from the last to the first: the reference for sums.
struct Big {
  std::vector<int> digits;  // of 10^-30 units
  bool negative = false;

  static int compare(const Big& a, const Big& b) {
    for (std::size_t i = std::max(a.digits.size(), b.digits.size()); i-- > 0;) {
      const int x = i < a.digits.size() ? a.digits[i] : 0;
      const int y = i < b.digits.size() ? b.digits[i] : 0;
      if (x != y) return x < y ? -1 : 1;
    }
    return 0;
  }
  void add(const Big& b) {
    if (negative == b.negative) {
      int carry = 0;
      for (std::size_t i = 0; i < b.digits.size() || carry != 0; ++i) {
        if (i == digits.size()) digits.push_back(0);
        const int s = digits[i] + (i < b.digits.size() ? b.digits[i] : 0) + carry;
        digits[i] = s % 10;
        carry = s / 10;
      }
      return;
    }
    const bool smaller = compare(*this, b) < 0;
    Big large = smaller ? b : *this;
    const Big& small = smaller ? *this : b;
    int borrow = 0;
    for (std::size_t i = 0; i < large.digits.size(); ++i) {
      const int s = large.digits[i] - (i < small.digits.size() ? small.digits[i] : 0) - borrow;
      large.digits[i] = s < 0 ? s + 10 : s;
      borrow = s < 0 ? 1 : 0;
    }
    *this = large;
  }
  // of reads the decimal that random_decimal wrote and multiplies it by `times` millionths.
  static Big of(std::string text, std::int64_t times) {
    Big out;
    out.negative = text[0] == '-';
    if (text[0] == '-' || text[0] == '+') text.erase(0, 1);
    int exponent = 0;
    if (const std::size_t e = text.find_first_of("eE"); e != std::string::npos) {
      exponent = std::stoi(text.substr(e + 1));
      text.resize(e);
    }
    const std::size_t point = text.find('.');
    const int places = static_cast<int>(text.size() - point) - 1 - exponent;
    text.erase(point, 1);
    std::ranges::reverse(text);
    // 10^-30 units: 30 places, of which the dosage's six come with `times`
    std::vector<int> weight(static_cast<std::size_t>(24 - places), 0);
    for (const char c : text) weight.push_back(c - '0');
    for (std::int64_t left = times, at = 0; left > 0; left /= 10, ++at) {
      Big part{.digits = std::vector<int>(static_cast<std::size_t>(at), 0), .negative = out.negative};
      int carry = 0;
      for (const int d : weight) {
        const int s = d * static_cast<int>(left % 10) + carry;
        part.digits.push_back(s % 10);
        carry = s / 10;
      }
      for (; carry > 0; carry /= 10) part.digits.push_back(carry % 10);
      out.add(part);
    }
    return out;
  }
  std::string text() const {
    std::string out;
    for (std::size_t i = std::max<std::size_t>(digits.size(), 31); i-- > 0;) {
      out += static_cast<char>('0' + (i < digits.size() ? digits[i] : 0));
      if (i == 30) out += '.';
    }
    out.erase(0, std::min(out.find_first_not_of('0'), out.find('.') - 1));
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
    return (negative && out != "0" ? "-" : "") + out;
  }
};

Polygenic additive(const std::vector<std::string>& weights) {
  std::string table = std::string(polygenic_label) + "\n" + std::string(polygenic_header) + "\n";
  for (std::size_t i = 0; i < weights.size(); ++i)
    table += "v" + std::to_string(i) + "\tadditive\t" + weights[i] + "\t.\t.\t.\t.\n";
  return load_polygenic(view_of(table)).value();
}

TEST(Polygenic, ASumIsExact) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> weights(1 + random() % 60);
    for (std::string& w : weights) w = random_decimal(random);
    std::vector<Dose> doses(weights.size());
    Big expected;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      doses[i] = {
          .dosage = static_cast<std::int32_t>(random() % 3 == 0 ? random() % 2'000'001 : random() % 3 * 1'000'000),
          .alleles = 2};
      if (random() % 10 == 0) doses[i] = {};
      if (doses[i].dosage > 0) expected.add(Big::of(weights[i], doses[i].dosage));
    }
    ASSERT_EQ(sum_of(additive(weights), doses).sum_text(), expected.text());
  }
}

TEST(Polygenic, TheOrderOfTermsDoesNotMatter) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::pair<std::string, Dose>> terms(200);
    for (auto& [w, dose] : terms) {
      w = random_decimal(random);
      dose = {.dosage = static_cast<std::int32_t>(random() % 2'000'001), .alleles = 2, .expected = random() % 5 == 0};
    }
    const auto sums = [&terms] {
      std::vector<std::string> weights;
      std::vector<Dose> doses;
      for (const auto& [w, dose] : terms) {
        weights.push_back(w);
        doses.push_back(dose);
      }
      const Sums s = sum_of(additive(weights), doses);
      return s.sum_text() + " " + s.dosage_sum_text() + " " + std::to_string(s.denominator);
    };
    const std::string before = sums();
    std::ranges::shuffle(terms, random);
    ASSERT_EQ(sums(), before);
  }
}

TEST(Polygenic, TheLargestSumFits) {
  const Polygenic m = additive({"25000000", "-25000000"});
  const Dose two{.dosage = copies_max, .alleles = 2};
  EXPECT_EQ(sum_of(m, std::vector<Dose>{two, {}}).sum_text(), "50000000");
  EXPECT_EQ(sum_of(m, std::vector<Dose>{{}, two}).sum_text(), "-50000000");
  EXPECT_EQ(sum_of(additive({"50000000"}), std::vector<Dose>{two}).sum_text(), "100000000");
}

Polygenic each_effect() {
  const std::string table =
      std::string(polygenic_label) + "\n" + std::string(polygenic_header) +
      "\nr1\tadditive\t0.5\t.\t.\t.\t0.3\nr2\tdominant\t0.25\t.\t.\t.\t0.3\nr3\trecessive\t-1\t.\t."
      "\t.\t.\nr4\tby_count\t.\t-0.01\t0.02\t0.3\t.\n";
  return load_polygenic(view_of(table)).value();
}
Dose dose(double alleles) {
  return {.dosage = static_cast<std::int32_t>(std::lround(alleles * 1e6)), .alleles = 2};
}
std::string sums(const std::vector<Dose>& doses) {
  const Sums s = sum_of(each_effect(), doses);
  return s.sum_text() + " " + std::to_string(s.denominator) + " " + s.dosage_sum_text();
}

TEST(Polygenic, EachEffectAddsWhatItSays) {
  EXPECT_EQ(sums({dose(0), dose(0), dose(0), dose(0)}), "-0.01 8 0");
  EXPECT_EQ(sums({dose(1), dose(1), dose(1), dose(1)}), "0.77 8 3");     // 0.5 + 0.25 + 0 + 0.02; recessive counts 0
  EXPECT_EQ(sums({dose(2), dose(2), dose(2), dose(2)}), "0.55 8 6");     // 1 + 0.25 - 1 + 0.3; dominant counts 1
  EXPECT_EQ(sums({dose(1.2), dose(1.2), dose(1.2), {}}), "0.65 6 2.4");  // 0.6 + 0.25 - 0.2
  EXPECT_EQ(sums({dose(0.4), dose(0.4), dose(0.4), dose(1.2)}), "0.3 6 0.8");  // by_count does not take 1.2
  EXPECT_EQ(sums({{}, {}, {}, {}}), "0 0 0");
  Dose mean = dose(0.6);
  mean.expected = true;
  EXPECT_EQ(sums({mean, {}, {}, {}}), "0.3 2 0");    // in SUM and DENOM, not among the alleles seen
  EXPECT_EQ(sums({mean, mean, {}, {}}), "0.3 2 0");  // the effect of a mean is not the mean of effects
  Dose haploid = {.dosage = dosage_unit, .alleles = 1};
  EXPECT_EQ(sums({haploid, haploid, haploid, haploid}), "0.77 4 3");
}

TEST(Polygenic, AverageIsSumByDenominator) {
  EXPECT_EQ(sum_of(each_effect(), std::vector<Dose>{dose(1), dose(1), {}, {}}).average(), 0.75 / 4);
  EXPECT_TRUE(std::isnan(sum_of(each_effect(), std::vector<Dose>(4)).average()));
}

TEST(Polygenic, ExpectedIsTwiceTheFrequencyInMillionths) {
  const auto expected = [](const std::string& frequency) {
    const std::string table = std::string(polygenic_label) + "\n" + std::string(polygenic_header) +
                              "\na\tadditive\t1\t.\t.\t.\t" + frequency + "\n";
    const auto m = load_polygenic(view_of(table));
    return m ? std::to_string(m->terms[0].expected.value_or(-1)) : test::reason_of(m);
  };
  EXPECT_EQ(expected("."), "-1");
  EXPECT_EQ(expected("0"), "0");
  EXPECT_EQ(expected("1"), "2000000");
  EXPECT_EQ(expected("0.377"), "754000");
  EXPECT_EQ(expected("0.00000025"), "0");  // half a millionth, to the even one
  EXPECT_EQ(expected("0.00000075"), "2");  // one and a half
  EXPECT_EQ(expected("0.000000250001"), "1");
  EXPECT_EQ(expected("1.0001"), "model_invalid");
  EXPECT_EQ(expected("-0.1"), "model_invalid");
  EXPECT_EQ(expected("NA"), "model_malformed");
}

TEST(Polygenic, IsReadStrictly) {
  const std::string head = std::string(polygenic_label) + "\n" + std::string(polygenic_header) + "\n";
  const auto reason = [](const std::string& text) { return test::reason_of(load_polygenic(view_of(text))); };
  EXPECT_EQ(reason(head + "a\tadditive\t1\t.\t.\t.\t.\n"), "accepted");
  EXPECT_EQ(reason(""), "model_version_unsupported");
  EXPECT_EQ(reason("glovebox polygenic v2\n" + head.substr(head.find('\n') + 1)), "model_version_unsupported");
  EXPECT_EQ(reason(head), "model_malformed");  // no term
  EXPECT_EQ(reason(head + "a\tadditive\t1\t.\t.\t.\t."), "model_malformed");
  EXPECT_EQ(reason(head + "a\tadditive\t1\t.\t.\t.\n"), "model_malformed");
  EXPECT_EQ(reason(head + "a\tadditive\t1\t.\t.\t.\t.\t.\n"), "model_malformed");
  EXPECT_EQ(reason(head + "a\tadditive\t1\t.\t.\t.\t.\r\n"), "model_malformed");
  EXPECT_EQ(reason(head + "\tadditive\t1\t.\t.\t.\t.\n"), "model_malformed");
  EXPECT_EQ(reason(head + "a\tAdditive\t1\t.\t.\t.\t.\n"), "model_malformed");
  EXPECT_EQ(reason(head + "a\tadditive\t.\t.\t.\t.\t.\n"), "model_malformed");
  EXPECT_EQ(reason(head + "a\tadditive\t1\t2\t.\t.\t.\n"), "model_malformed");
  EXPECT_EQ(reason(head + "a\tby_count\t.\t1\t2\t.\t.\n"), "model_malformed");
  EXPECT_EQ(reason(head + "a\tby_count\t1\t1\t2\t3\t.\n"), "model_malformed");
  EXPECT_EQ(reason(head + "a\tadditive\t1e-30\t.\t.\t.\t.\n"), "model_invalid");
  EXPECT_EQ(reason(head + "a\tadditive\t50000000\t.\t.\t.\t.\nb\tadditive\t-0.1\t.\t.\t.\t.\n"), "model_invalid");
  EXPECT_EQ(reason(head + "a\tby_count\t.\t-50000000\t1\t50000000\t.\n"), "accepted");
}

TEST(Polygenic, EveryShorterPrefixThatCutsALineIsRefused) {
  const std::string whole = std::string(polygenic_label) + "\n" + std::string(polygenic_header) +
                            "\na\tadditive\t-0.0276\t.\t.\t.\t0.5\nb\tby_count\t.\t1\t2\t3\t.\n";
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const bool whole_lines = whole[n - (n > 0 ? 1 : 0)] == '\n' && n > whole.find("\na\t") + 1;
    ASSERT_EQ(load_polygenic(view_of(whole.substr(0, n))).has_value(), whole_lines) << n;
  }
}

TEST(Polygenic, WhatIsWrittenReadsAsTheSame) {
  const std::vector<TermText> terms = {{.name = "rs1",
                                        .effect = Effect::dominant,
                                        .weights = {parse_decimal("-1.5e-20", 24, huge)->units},
                                        .frequency = "0.1"},
                                       {.name = "HLA-A*24", .effect = Effect::by_count, .weights = {1, -2, 3}}};
  const Polygenic m = load_polygenic(encode_polygenic(terms)).value();
  ASSERT_EQ(m.terms.size(), 2U);
  EXPECT_EQ(m.names, (std::vector<std::string>{"rs1", "HLA-A*24"}));
  EXPECT_EQ(m.terms[0].weights, terms[0].weights);
  EXPECT_EQ(m.terms[0].effect, Effect::dominant);
  EXPECT_EQ(m.terms[0].expected, 200'000);
  EXPECT_EQ(m.terms[1].weights, terms[1].weights);
  EXPECT_EQ(m.terms[1].magnitude(), 3);
}

}  // namespace
}  // namespace glovebox::model
