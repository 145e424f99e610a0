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

// A recorded trace has a line for each instruction: some thousands of a score, a hundred times as many of an answer,
// which is padded.
constexpr std::size_t scores_seldom = 16;
constexpr std::size_t answers_seldom = 200;

struct Sliced {
  bundle::Bundle bundle;
  std::optional<scoring::SliceModel> model;
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

// score is what a request's child does with the records.
void score(Sliced& s) {
  const SecretBytes block = s.model->score(s.slice).value();
  std::ranges::copy(block.expose(), s.result.begin());
}

enclave::Found found(Sliced& s, const Digest& input_digest) {
  enclave::Outcome outcome{.input_digest = input_digest, .result = s.model->score(s.slice).value()};
  std::ranges::copy(outcome.result.expose(), s.result.begin());
  const auto block = outcome.encode(protocol::OutputForm::score, 0).value();  // as it leaves the child
  return enclave::found_block(enclave::Outcome::parse(block.expose()).value(), s.bundle).value();
}

// to_answer is all that is done with records until the answer's plaintext is sealed.
void to_answer(Sliced& s) {
  static const auto key = crypto::SigningKey::generate();
  const auto answer = enclave::answer_of(found(s, crypto::sha256(s.slice)), {}, key, {});
  (void)answer.plaintext(protocol::OutputForm::score, 0).value();
}

// to_bare_answer is the same without what OpenSSL computes: the slice's digest, the receipt's commitments and its
// signature. Their trace is long.
void to_bare_answer(Sliced& s) {
  enclave::Found result = found(s, Digest{4});
  const protocol::Answer answer = {
      .result = std::move(result.result), .receipt = Bytes(100), .disclosure = SecretBytes(100), .evidence = {}};
  (void)answer.plaintext(protocol::OutputForm::score, 0).value();
}

std::shared_ptr<Sliced> sliced(int which, SliceKind kind) {
  const auto s = std::make_shared<Sliced>();
  s->bundle = made(which);
  s->model = scoring::SliceModel::compile(s->bundle).value();
  s->kind = kind;
  s->slice = Bytes(s->model->slice_size());
  s->result = Bytes(s->model->block_size());
  return s;
}

Subject subject(std::string name, const std::shared_ptr<Sliced>& s, void (*run)(Sliced&)) {
  return {.name = std::move(name),
          .draw = [s](Random& random) { draw(*s, random); },
          .run = [s, run] { run(*s); },
          .right = [s] { return right(*s); },
          .secret = std::as_writable_bytes(std::span(s->slice).subspan(protocol::slice_head_size)),
          .result = std::as_writable_bytes(std::span(s->result))};
}

// Two careless readers: one ends at the first record that is not good, one puts what is there into a list of its own,
// whose size says how much that was.
void score_until_a_bad_record(Sliced& s) {
  const View records = View(s.slice).subspan(protocol::slice_head_size);
  for (std::size_t i = 0; i < s.bundle.features.size(); ++i)
    if (protocol::slice_record(records, i).alleles > 2) return;
  score(s);
}
void score_what_is_there(Sliced& s) {
  const View records = View(s.slice).subspan(protocol::slice_head_size);
  std::size_t there = 0;
  for (std::size_t i = 0; i < s.bundle.features.size(); ++i)
    there += static_cast<std::size_t>(protocol::slice_record(records, i).number != 0xffffffffU);
  const SecretBytes list(100 * there);
  score(s);
}
}  // namespace

void add_slices(std::vector<Subject>& all, Size size) {
  constexpr const char* names[] = {"slice of sites", "slice with values", "slice of a score"};
  for (int which = 0; which < 3; ++which)
    for (const auto kind : {SliceKind::hard, SliceKind::fractional}) {
      const auto s = sliced(which, kind);
      const std::string name = std::string(names[which]) + " " + std::string(protocol::name(kind));
      if (size == Size::small) {
        all.push_back(subject(name + " to the answer", s, to_answer));
        continue;
      }
      all.push_back(subject(name, s, score));
      all.back().seldom = scores_seldom;
      if (which != 1 || kind != SliceKind::hard) continue;  // what becomes of a block is the same for all
      all.push_back(subject(name + " to the answer", s, to_bare_answer));
      all.back().seldom = answers_seldom;
    }
  const auto leaky = [&](const char* what, void (*run)(Sliced&)) {
    all.push_back(subject(std::string("leaky slice ") + what, sliced(0, SliceKind::hard), run));
    all.back().leaks = true;
    all.back().seldom = scores_seldom;
    all.back().right = [] { return true; };
  };
  leaky("ends at a bad record", score_until_a_bad_record);
  leaky("lists what is there", score_what_is_there);
}

}  // namespace glovebox::trace
