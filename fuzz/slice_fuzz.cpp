// layers: base crypto genome model bundle result protocol scoring
// max_len: 512
// A slice as a request's child gets it, and the block that comes of it. What parses is written back as the same bytes;
// every record whatever gives a block of one size that its own reader takes, and one of a status says nothing else.
#include "property.h"
#include "protocol/slice.h"
#include "scoring/slice_score.h"
#include "scoring/slicing.h"

using namespace glovebox;
using glovebox::fuzz::require;

namespace {

// A tree over two sites and two values, of which one is a list of levels; and a score with every effect.
bundle::Bundle trees() {
  bundle::Bundle out;
  out.digest = Digest{1};
  out.manifest.coverage_gate = 0.5F;
  out.features = {{.name = "a", .what = genome::Site{}},
                  {.name = "b", .what = genome::Site{}, .missing = {.kind = bundle::Missing::Kind::refuse}},
                  {.name = "c", .what = bundle::Value{.min = -1.0F, .max = 2.5F}},
                  {.name = "d",
                   .what = bundle::Value{.levels = {"x", "y", "z"}},
                   .missing = {.kind = bundle::Missing::Kind::number, .number = 1}}};
  model::Ensemble e;
  e.link = model::Link::logistic;
  e.features = 4;
  e.intercept = {0.25F};
  for (std::uint32_t f = 0; f < 4; ++f) {
    model::Tree tree;
    tree.nodes = {
        {.left = 1, .feature = f, .value = 0.5F, .default_left = f % 2 == 0}, {.value = -1.0F}, {.value = 1.0F}};
    e.trees.push_back(tree);
    e.group.push_back(0);
  }
  out.engine = std::move(e);
  return out;
}
bundle::Bundle polygenic() {
  bundle::Bundle out;
  out.digest = Digest{2};
  model::Polygenic score;
  for (const auto effect :
       {model::Effect::additive, model::Effect::dominant, model::Effect::recessive, model::Effect::by_count}) {
    out.features.push_back({.name = "s", .what = genome::Site{}});
    score.terms.push_back({.effect = effect, .weights = {7, -3, 5}});
    score.names.emplace_back("s");
  }
  out.features.push_back({.name = "u", .what = bundle::Unscored{}});
  score.terms.push_back({.weights = {1}});
  score.names.emplace_back("u");
  out.engine = std::move(score);
  return out;
}

void play(const bundle::Bundle& bundle, const scoring::SliceModel& model, View slice) {
  const auto opened = protocol::parse_slice(slice, bundle.digest, bundle.features.size());
  const auto block = model.score(slice);
  require(opened.has_value() == block.has_value(), "the head alone decides whether there is a block");
  if (!opened) return;
  std::vector<protocol::SliceRecord> records;
  bool reserved = false;
  for (std::size_t i = 0; i < bundle.features.size(); ++i) {
    records.push_back(protocol::slice_record(opened->records, i));
    reserved = reserved || opened->records[8 * i + 6] != 0 || opened->records[8 * i + 7] != 0;
  }
  const auto again = protocol::encode_slice(opened->kind, bundle.digest, records);
  require(again && (reserved || equal(again->expose(), slice)), "what was read is written as the same bytes");
  require(block->size() == model.block_size(), "a block has one size");
  const auto measured = result::parse_measured(block->expose(), bundle.digest, scoring::shape_of(bundle));
  require(measured.has_value(), "a block's reader takes it");
  require(!reserved || measured->status != 0, "reserved bytes are a status");
  if (measured->status == 0) {
    std::uint64_t counted = 0;
    for (const auto& count : measured->counts) counted += count.number;
    require(counted == bundle.features.size(), "every feature is counted once");
  } else {
    const View rest = block->expose().subspan(result::measured_head_size + 8);
    require(std::ranges::all_of(rest, [](std::uint8_t b) { return b == 0; }), "a status says nothing else");
  }
}

// with_head gives the records a good head, so that the search need not find it.
Bytes with_head(const bundle::Bundle& bundle, bool hard, View records) {
  const std::vector<protocol::SliceRecord> none(bundle.features.size());
  const auto kind = hard ? protocol::SliceKind::hard : protocol::SliceKind::fractional;
  const SecretBytes made = protocol::encode_slice(kind, bundle.digest, none).value();
  Bytes out = to_bytes(made.expose());
  const auto take = std::min(records.size(), out.size() - protocol::slice_head_size);
  std::ranges::copy(records.first(take), out.begin() + protocol::slice_head_size);
  return out;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bundle::Bundle bundles[] = {trees(), polygenic()};
  static const scoring::SliceModel models[] = {scoring::SliceModel::compile(bundles[0]).value(),
                                               scoring::SliceModel::compile(bundles[1]).value()};
  if (size == 0) return 0;
  const std::size_t which = data[0] & 1;
  const View input = View(data, size).subspan(1);
  play(bundles[which], models[which], input);
  play(bundles[which], models[which], with_head(bundles[which], (data[0] & 2) != 0, input));
  return 0;
}
