// The sliced path, from a slice's opened records to the plaintext of the answer: memcheck follows every bit of them.
#include <bit>
#include <cstring>
#include <memory>

#include "enclave/found.h"
#include "model/predict.h"
#include "scoring/slice_score.h"
#include "scoring/slicing.h"
#include "subjects.h"

namespace glovebox::trace {
namespace {
using protocol::SliceKind;
using protocol::SliceRecord;

model::Ensemble ensemble(std::size_t features) {
  model::Ensemble e;
  e.link = model::Link::logistic;
  e.features = features;
  e.intercept = {0.25F};
  for (std::uint32_t f = 0; f < features; ++f) {
    model::Tree tree;
    tree.nodes = {
        {.left = 1, .feature = f, .value = 0.5F, .default_left = f % 2 == 0}, {.value = -1.0F}, {.value = 1.0F}};
    e.trees.push_back(tree);
    e.group.push_back(0);
  }
  return e;
}

// Sites alone (codes), sites and values (floats), and a score with every effect (exact sums).
bundle::Bundle made(int which) {
  bundle::Bundle out;
  out.manifest.coverage_gate = 0.5F;
  const auto site = [](bundle::Missing missing = {}) {
    return bundle::Feature{.name = "s", .what = genome::Site{}, .missing = missing};
  };
  using Kind = bundle::Missing::Kind;
  if (which == 2) {
    model::Polygenic score;
    for (const auto effect :
         {model::Effect::additive, model::Effect::dominant, model::Effect::recessive, model::Effect::by_count}) {
      out.features.push_back(site());
      score.terms.push_back({.effect = effect, .weights = {7, -3, 5}});
      score.names.emplace_back("s");
    }
    out.engine = std::move(score);
    return out;
  }
  out.features = {site(), site({.kind = Kind::number, .number = 2}), site({.kind = Kind::refuse}), site()};
  if (which == 1) {
    out.features[0].what = bundle::Value{.min = -1.0F, .max = 2.5F};
    out.features[3].what = bundle::Value{.levels = {"x", "y", "z"}};
  }
  out.engine = ensemble(out.features.size());
  return out;
}

struct Sliced {
  bundle::Bundle bundle;
  std::optional<scoring::SliceModel> model;
  crypto::SigningKey key = crypto::SigningKey::generate();
  SliceKind kind = SliceKind::hard;
  bool spoilt = false;
  std::vector<SliceRecord> records;
  Bytes slice;
  Bytes result;
};

void draw(Sliced& s, Random& random) {
  s.records.clear();
  for (const auto& f : s.bundle.features) {
    if (const auto* value = std::get_if<bundle::Value>(&f.what)) {
      const float v =
          value->levels.empty() ? static_cast<float>(random() % 100) / 50 : static_cast<float>(random() % 3);
      s.records.push_back({std::bit_cast<std::uint32_t>(v), 0, scoring::how_value});
    } else if (f.missing.kind != bundle::Missing::Kind::refuse && random() % 3 == 0) {
      s.records.push_back({0xffffffffU, 0, scoring::how(genome::Outcome::filtered)});
    } else {
      const bool whole = s.kind == SliceKind::hard || &f == &s.bundle.features.back();
      const std::uint32_t number = whole ? random() % 3 * 1'000'000 : random() % 2'000'001;
      s.records.push_back(
          {number, static_cast<std::uint8_t>(1 + random() % 2), static_cast<scoring::How>(random() % 5)});
    }
  }
  s.spoilt = random() % 3 == 0;
  if (s.spoilt) s.records[random() % s.records.size()].alleles = 3;
  const SecretBytes encoded = protocol::encode_slice(s.kind, s.bundle.digest, s.records).value();
  std::ranges::copy(encoded.expose(), s.slice.begin());
}

bool right(const Sliced& s) {
  const auto measured = result::parse_measured(s.result, s.bundle.digest, scoring::shape_of(s.bundle));
  if (!measured || s.spoilt) return measured && measured->status == result::measured_record_invalid;
  if (const model::Polygenic* score = s.bundle.polygenic()) {
    std::vector<model::Dose> doses;
    for (const SliceRecord& r : s.records) doses.push_back({static_cast<std::int32_t>(r.number), r.alleles, false});
    return measured->denominator == model::sum_of(*score, doses).denominator;
  }
  std::vector<float> row;
  for (std::size_t i = 0; i < s.records.size(); ++i) {
    const auto& f = s.bundle.features[i];
    const std::uint32_t n = s.records[i].number;
    if (f.is_value())
      row.push_back(std::bit_cast<float>(n));
    else if (n == 0xffffffffU)
      row.push_back(f.missing.kind == bundle::Missing::Kind::number ? f.missing.number
                                                                    : std::numeric_limits<float>::quiet_NaN());
    else
      row.push_back(static_cast<float>(static_cast<double>(n) / model::dosage_unit));
  }
  float margin = 0;
  model::predict_margin(s.bundle.ensemble(), row, {&margin, 1});
  return margin == measured->margins.front();
}

void run(Sliced& s) {
  enclave::Outcome outcome{.input_digest = crypto::sha256(s.slice), .result = s.model->score(s.slice).value()};
  std::ranges::copy(outcome.result.expose(), s.result.begin());
  const auto block = outcome.encode(protocol::OutputForm::score, 0).value();  // as it leaves the child
  auto found = enclave::found_block(enclave::Outcome::parse(block.expose()).value(), s.bundle).value();
  const auto answer = enclave::answer_of(std::move(found), {}, s.key, {});
  (void)answer.plaintext(protocol::OutputForm::score, 0).value();
}
}  // namespace

void add_slices(std::vector<Subject>& all, Size size) {
  if (size == Size::tiny) return;  // what is allocated lies where it happens to: no trace to compare
  constexpr const char* names[] = {"slice of sites", "slice with values", "slice of a score"};
  for (int which = 0; which < 3; ++which)
    for (const auto kind : {SliceKind::hard, SliceKind::fractional}) {
      const auto s = std::make_shared<Sliced>();
      s->bundle = made(which);
      s->model = scoring::SliceModel::compile(s->bundle).value();
      s->kind = kind;
      s->slice = Bytes(s->model->slice_size());
      s->result = Bytes(s->model->block_size());
      all.push_back({.name = std::string(names[which]) + " " + std::string(protocol::name(kind)),
                     .leaks = false,
                     .rows = 1,
                     .draw = [s](Random& random) { draw(*s, random); },
                     .run = [s] { run(*s); },
                     .right = [s] { return right(*s); },
                     .secret = std::as_writable_bytes(std::span(s->slice).subspan(protocol::slice_head_size)),
                     .result = std::as_writable_bytes(std::span(s->result))});
    }
}

}  // namespace glovebox::trace
