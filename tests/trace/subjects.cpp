#include "subjects.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>

#include "engine/dosage_forest.h"
#include "engine/expf.h"
#include "engine/real_forest.h"
#include "engine/sum.h"
#include "engine/testing.h"
#include "engine/transform.h"
#include "model/predict.h"

namespace glovebox::trace {
namespace {
using engine::Path;

// Numbers is what a subject reads and writes; it lives as long as its subject.
template <class In, class Out>
struct Numbers {
  std::vector<In> in;
  std::vector<Out> out;
};

template <class In, class Out>
Subject subject(std::string name, std::shared_ptr<Numbers<In, Out>> numbers) {
  return {.name = std::move(name),
          .leaks = false,
          .rows = 1,
          .draw = {},
          .run = {},
          .right = {},
          .secret = std::as_writable_bytes(std::span(numbers->in)),
          .result = std::as_writable_bytes(std::span(numbers->out))};
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return std::ranges::equal(
      a, b, [](float x, float y) { return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y); });
}

// Every case of exp's and of the transforms': in range, over, under, subnormal, zero, infinite.
float margin(Random& random) {
  static constexpr float odd[] = {0.0F, -0.0F, 1e-41F, 89.0F, -90.0F, -104.5F, 3e38F, -3e38F, INFINITY, -INFINITY};
  if (random() % 6 == 0) return odd[random() % std::size(odd)];
  return (static_cast<float>(random() % 1'000'000) - 500'000) / 4500;
}
void draw_margins(std::span<float> out, Random& random) {
  for (float& v : out) v = margin(random);
}

const char* name(Path path) {
  return path == Path::avx2 ? "avx2" : "portable";
}
std::vector<Path> paths() {
  if (engine::best_path() == Path::avx2) return {Path::portable, Path::avx2};
  return {Path::portable};
}

using Floats = Numbers<float, float>;

void add_exponentials(std::vector<Subject>& all) {
  for (const Path path : paths()) {
    const std::size_t count = path == Path::avx2 ? 9 : 2;  // eight at a time, and one
    auto n = std::make_shared<Floats>(Floats{std::vector<float>(count), std::vector<float>(count)});
    Subject s = subject(std::string("exp ") + name(path), n);
    s.draw = [n](Random& random) { draw_margins(n->in, random); };
    s.run = [n, path] {
      n->out = n->in;
      engine::exp_of(n->out, path);
    };
    s.right = [n] {
      return std::ranges::equal(n->in, n->out, [](float x, float y) { return engine::exp_of(x) == y; });
    };
    all.push_back(s);
  }
}

void add_transforms(std::vector<Subject>& all) {
  using model::Link;
  constexpr std::pair<Link, const char*> links[] = {{Link::identity, "identity"},       {Link::logistic, "logistic"},
                                                    {Link::exponential, "exponential"}, {Link::softmax, "softmax"},
                                                    {Link::argmax, "argmax"},           {Link::step, "step"}};
  for (const auto& [link, text] : links) {
    auto n = std::make_shared<Floats>(Floats{std::vector<float>(3), std::vector<float>(link == Link::argmax ? 1 : 3)});
    Subject s = subject(std::string("transform ") + text, n);
    s.draw = [n](Random& random) { draw_margins(n->in, random); };
    s.run = [n, link] { engine::transform(link, n->in, n->out); };
    s.right = [n, link] {
      model::Ensemble e;
      e.link = link;
      e.groups = n->in.size();
      std::vector<float> wanted(n->out.size());
      model::transform(e, n->in, wanted);
      // The C library's exponential may be its other variant (expf.h): an ulp.
      return std::ranges::equal(wanted, n->out, [](float a, float b) {
        return a == b || (std::isnan(a) && std::isnan(b)) || std::abs(a - b) <= 2e-7F * std::abs(a);
      });
    };
    all.push_back(s);
  }
}

// With every kind of split, chains and bushes, and three outputs.
model::Ensemble small_ensemble(bool codes, Size size) {
  std::mt19937 random(codes ? 8 : 12);
  model::Ensemble e;
  e.features = size == Size::tiny ? 4 : 9;
  e.groups = 3;
  e.intercept = {0.5F, -0.25F, 0};
  for (std::size_t t = 0; t < (size == Size::tiny ? 3 : 6); ++t) {
    e.trees.push_back(test::random_tree(random, e.features, size == Size::tiny ? 2 + 2 * t : 3 + 4 * t));
    if (codes)
      for (model::Node& node : e.trees.back().nodes)
        if (!node.leaf() && !node.categorical) node.value = static_cast<float>(random() % 5) / 2;
    e.group.push_back(static_cast<std::uint32_t>(t % 3));
    e.weight.push_back(0.5F + static_cast<float>(t));
  }
  return e;
}

std::vector<float> reference(const model::Ensemble& e, std::span<const float> values) {
  std::vector<float> out(values.size() / e.features * e.groups);
  for (std::size_t r = 0; r * e.features < values.size(); ++r)
    model::predict_margin(e, values.subspan(r * e.features, e.features),
                          std::span(out).subspan(r * e.groups, e.groups));
  return out;
}

constexpr std::size_t batch = 300;  // more than the 256 rows of one pass

void add_real(std::vector<Subject>& all, Size size) {
  const auto e = std::make_shared<const model::Ensemble>(small_ensemble(false, size));
  const auto forest = std::make_shared<const engine::RealForest>(engine::RealForest::compile(*e).value());
  // Each feature's values, of all kinds.
  constexpr std::size_t pool_rows = 64;
  std::mt19937 pool_random(2);
  const std::vector<float> pool = test::random_rows(*e, pool_rows, pool_random);
  for (const Path path : paths())
    for (const std::size_t rows : {std::size_t{1}, batch}) {
      auto n = std::make_shared<Floats>(
          Floats{std::vector<float>(rows * e->features), std::vector<float>(rows * e->groups)});
      auto workspace = std::make_shared<engine::RealWorkspace>(*forest, path);
      Subject s = subject(std::string("real ") + (rows == 1 ? "row " : "batch ") + name(path), n);
      s.rows = rows;
      s.draw = [n, e, pool](Random& random) {
        for (std::size_t i = 0; i < n->in.size(); ++i)
          n->in[i] = pool[random() % pool_rows * e->features + i % e->features];
      };
      s.run = [n, forest, workspace, rows] {
        if (rows == 1)
          forest->row(n->in, n->out, *workspace);
        else
          forest->batch(n->in, rows, n->out, *workspace);
      };
      s.right = [n, e] { return same_bits(n->out, reference(*e, n->in)); };
      all.push_back(s);
    }
}

void add_dosages(std::vector<Subject>& all, Size size) {
  using Codes = Numbers<std::uint8_t, float>;
  const auto e = std::make_shared<const model::Ensemble>(small_ensemble(true, size));
  const auto forest = std::make_shared<const engine::DosageForest>(engine::DosageForest::compile(*e).value());
  for (const Path path : paths())
    for (const std::size_t rows : {std::size_t{1}, batch}) {
      auto n = std::make_shared<Codes>(
          Codes{std::vector<std::uint8_t>(rows * e->features), std::vector<float>(rows * e->groups)});
      auto workspace = std::make_shared<engine::DosageWorkspace>(*forest, path);
      Subject s = subject(std::string("dosage ") + (rows == 1 ? "row " : "batch ") + name(path), n);
      s.rows = rows;
      s.draw = [n](Random& random) {
        for (std::uint8_t& code : n->in) code = static_cast<std::uint8_t>(random() % 4);
      };
      s.run = [n, forest, workspace, rows] {
        if (rows == 1)
          forest->row(n->in, n->out, *workspace);
        else
          forest->batch_row_major(n->in, rows, n->out, *workspace);
      };
      s.right = [n, e] {
        std::vector<float> values;
        for (const std::uint8_t code : n->in) values.push_back(code == 3 ? NAN : static_cast<float>(code));
        return same_bits(n->out, reference(*e, values));
      };
      all.push_back(s);
    }
}

void add_dosage_planes(std::vector<Subject>& all, Size size) {
  using Planes = Numbers<std::uint64_t, float>;
  constexpr std::size_t stride = 8;  // two passes of 256 rows
  const auto e = std::make_shared<const model::Ensemble>(small_ensemble(true, size));
  const auto forest = std::make_shared<const engine::DosageForest>(engine::DosageForest::compile(*e).value());
  const std::size_t half = e->features * stride;
  for (const Path path : paths()) {
    auto n =
        std::make_shared<Planes>(Planes{std::vector<std::uint64_t>(2 * half), std::vector<float>(batch * e->groups)});
    auto workspace = std::make_shared<engine::DosageWorkspace>(*forest, path);
    Subject s = subject(std::string("dosage planes ") + name(path), n);
    s.rows = batch;
    s.draw = [n](Random& random) {
      for (std::uint64_t& word : n->in) word = std::uint64_t{random()} << 40 ^ std::uint64_t{random()} << 20 ^ random();
    };
    s.run = [n, forest, workspace, half] {
      forest->batch_planes(std::span(n->in).first(half), std::span(n->in).last(half), stride, batch, n->out,
                           *workspace);
    };
    s.right = [n, e, half] {
      std::vector<float> values(batch * e->features);
      for (std::size_t i = 0; i < values.size(); ++i) {
        const std::size_t at = i % e->features * stride + i / e->features / 64;
        const std::size_t bit = i / e->features % 64;
        const auto code = (n->in[at] >> bit & 1) | (n->in[half + at] >> bit & 1) << 1;
        values[i] = code == 3 ? NAN : static_cast<float>(code);
      }
      return same_bits(n->out, reference(*e, values));
    };
    all.push_back(s);
  }
}

// Sums are copied out field by field, so that the bytes between the fields are no secret that is compared.
void add_sum(std::vector<Subject>& all) {
  using Doses = Numbers<model::Dose, std::uint64_t>;
  auto polygenic = std::make_shared<model::Polygenic>();
  for (int i = 0; i < 12; ++i) {
    const model::Int128 weight = (i % 2 == 0 ? 1 : -1) * model::ten_to(24) / (i + 1);
    polygenic->terms.push_back({.effect = static_cast<model::Effect>(i % 4), .weights = {weight, weight / 3, -weight}});
    polygenic->names.push_back(std::to_string(i));
  }
  const auto fields = [](const model::Sums& s, std::span<std::uint64_t> out) {
    out[0] = static_cast<std::uint64_t>(s.sum);
    out[1] = static_cast<std::uint64_t>(s.sum >> 64);
    out[2] = s.denominator;
    out[3] = static_cast<std::uint64_t>(s.dosage_sum);
  };
  auto n = std::make_shared<Doses>(Doses{std::vector<model::Dose>(12), std::vector<std::uint64_t>(5)});
  Subject s = subject("polygenic sum", n);
  s.draw = [n](Random& random) {
    for (model::Dose& d : n->in) {
      d = {.dosage = static_cast<std::int32_t>(random() % 3) * model::dosage_unit,
           .alleles = static_cast<std::uint8_t>(random() % 3),
           .expected = random() % 4 == 0};
      if (random() % 3 == 0) d.dosage = static_cast<std::int32_t>(random() % 2'000'001);
      if (random() % 4 == 0) d.dosage = -1;
    }
  };
  s.run = [n, polygenic, fields] {
    const engine::ExactSums sums = engine::exact_sums(*polygenic, n->in);
    fields(sums.sums, n->out);
    n->out[4] = sums.bad;
  };
  s.right = [n, polygenic, fields] {
    std::vector<std::uint64_t> wanted(5);
    fields(model::sum_of(*polygenic, n->in), wanted);
    return n->out == wanted;
  };
  all.push_back(s);
}

// What the tests must catch: a table looked up by value, a loop that ends early, a branch, the C library's exponential.
void add_leaks(std::vector<Subject>& all, Size size) {
  const auto leak = [&](const char* what, std::size_t count, std::function<float(std::span<const float>)> of) {
    auto n = std::make_shared<Floats>(Floats{std::vector<float>(count), std::vector<float>(1)});
    Subject s = subject(std::string("leaky ") + what, n);
    s.leaks = true;
    s.draw = [n](Random& random) {
      for (float& v : n->in) v = static_cast<float>(random() % 6000) / 100;
    };
    s.run = [n, of] { n->out[0] = of(n->in); };
    s.right = [] { return true; };
    all.push_back(s);
  };
  static constexpr auto table = [] {
    std::array<float, 64> out{};
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(i * i);
    return out;
  }();
  leak("table", 1, [](std::span<const float> in) {
    const volatile float* at = table.data() + static_cast<std::size_t>(in[0]);
    return *at;
  });
  leak("early exit", 16, [](std::span<const float> in) {
    float sum = 0;
    for (const float v : in) {
      const volatile float seen = v;
      if (seen > 50.0F) break;
      sum += seen;
    }
    return sum;
  });
  const auto e = std::make_shared<const model::Ensemble>(small_ensemble(false, size));
  leak("tree walk", e->features, [e](std::span<const float> in) {
    std::vector<float> margins(e->groups);
    model::predict_margin(*e, in, margins);
    return margins[0];
  });
  leak("C library exponential", 1, [](std::span<const float> in) { return std::exp(in[0]); });
}
}  // namespace

std::vector<Subject> subjects(Size size) {
  std::vector<Subject> all;
  add_exponentials(all);
  add_transforms(all);
  add_real(all, size);
  add_dosages(all, size);
  add_dosage_planes(all, size);
  add_sum(all);
  add_slices(all, size);
  add_leaks(all, size);
  return all;
}

}  // namespace glovebox::trace
