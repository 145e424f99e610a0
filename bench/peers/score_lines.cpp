// score_lines MODEL PANEL < LINES: the plaintext pipeline's second half. Lines are what
//
//   bcftools query -f '%CHROM\t%POS\t%REF\t%ALT\t%FILTER[\t%GT]\n'
//
// prints; a site without a record is homozygous reference, one whose record has not passed is missing. libxgboost
// predicts the one row. Prints {"hits":, "sum":, "margin":, "prediction":}.
#include <unistd.h>
#include <xgboost/c_api.h>

#include <cmath>
#include <string_view>

#include "panel.h"

namespace {

void check(int code) {
  if (code == 0) return;
  std::fprintf(stderr, "xgboost: %s\n", XGBGetLastError());
  std::exit(1);
}

std::string_view field(std::string_view& line) {
  const std::size_t end = std::min(line.find('\t'), line.size());
  const std::string_view out = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return out;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const peers::Panel panel(arguments[2]);
  peers::Walk walk(panel);
  std::vector<float> row(panel.size, 0.0F);
  std::size_t hits = 0;
  double sum = 0;
  std::string chromosome, text(std::size_t{1} << 16, '\0'), rest;
  const auto take = [&](std::string_view line) {
    const std::string_view name = field(line), position = field(line), ref = field(line), alt = field(line),
                           filter = field(line), genotype = field(line);
    if (name != chromosome) {
      chromosome = name;
      walk.chromosome(chromosome);
    }
    std::int64_t number = 0;
    for (const char digit : position) number = number * 10 + (digit - '0');
    const auto* site = walk.at(number);
    if (site == nullptr || site->ref != ref || site->alt != alt) return;
    if (filter != "PASS" || genotype.size() != 3 || genotype[0] == '.' || genotype[2] == '.') {
      row[site->number] = NAN;
      return;
    }
    const auto copies = static_cast<float>((genotype[0] == '1') + (genotype[2] == '1'));
    row[site->number] = copies;
    sum += static_cast<double>(copies);
    ++hits;
  };
  for (ssize_t got = 0; (got = read(0, text.data(), text.size())) > 0;) {
    rest.append(text, 0, static_cast<std::size_t>(got));
    std::size_t start = 0;
    for (std::size_t end = 0; (end = rest.find('\n', start)) != std::string::npos; start = end + 1)
      take(std::string_view(rest).substr(start, end - start));
    rest.erase(0, start);
  }

  BoosterHandle booster = nullptr;
  check(XGBoosterCreate(nullptr, 0, &booster));
  check(XGBoosterLoadModel(booster, arguments[1]));
  check(XGBoosterSetParam(booster, "nthread", "1"));
  float out[2] = {};
  for (const int margin : {0, 1}) {
    char array[160], how[160];
    std::snprintf(array, sizeof array, R"({"data":[%zu,true],"shape":[1,%zu],"typestr":"<f4","version":3})",
                  reinterpret_cast<std::size_t>(row.data()), row.size());
    std::snprintf(
        how, sizeof how,
        R"({"type":%d,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false,"missing":NaN})",
        margin);
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    check(XGBoosterPredictFromDense(booster, array, how, nullptr, &shape, &dimensions, &values));
    out[margin] = values[0];
  }
  std::printf("{\"hits\": %zu, \"sum\": %.0f, \"margin\": %.9g, \"prediction\": %.9g}\n", hits, sum,
              static_cast<double>(out[1]), static_cast<double>(out[0]));
  return 0;
}
