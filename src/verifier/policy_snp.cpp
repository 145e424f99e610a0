#include "verifier/policy_snp.h"

#include <algorithm>
#include <functional>

namespace glovebox::verifier {
namespace {
using attestation::SnpProduct;
constexpr std::size_t word_size_max = 32;
constexpr std::size_t words_max = 16;

// In alphabetical order, which is that of the deterministic form.
constexpr auto protections = std::to_array<SnpProtection>({
    {"aes-256-xts", true, 22, true},
    {"alias-check", false, 5, true},
    {"ciphertext-hiding", false, 4, true},
    {"ecc", false, 2, true},
    {"no-smt", false, 0, false},
    {"rapl-off", false, 3, true},
    {"single-socket", true, 20, true},
    {"tsme", false, 1, true},
});
constexpr std::array<std::string_view, 2> keys = {"vcek", "vlek"};
constexpr std::array<std::string_view, 3> leavable = {"chip", "revocation", "tcb"};

std::unexpected<Error> invalid(std::string found, std::string expected = {}, std::string hint = {}) {
  return fail(Reject::policy_invalid, std::move(found), std::move(expected), std::move(hint));
}
std::unexpected<Error> empty(std::string found, std::string expected) {
  return fail(Reject::policy_empty, std::move(found), std::move(expected));
}

template <class Range>
bool ascending(const Range& range) {
  return std::ranges::is_sorted(range, std::less_equal{});
}

template <class Allowed>
Status check_words(const std::vector<std::string>& words, const Allowed& allowed, std::string_view what) {
  for (const std::string& word : words)
    if (!std::ranges::contains(allowed, word))
      return invalid("an unknown word in evidence.sev-snp." + std::string(what) + ": " + word.substr(0, word_size_max));
  if (!ascending(words)) return invalid("evidence.sev-snp." + std::string(what) + " out of order or twice");
  return {};
}
}  // namespace

std::span<const SnpProtection> snp_protections() {
  return protections;
}

bool SnpRules::leaves(std::string_view what) const {
  return std::ranges::contains(unchecked, what);
}

const SnpMinimum* SnpRules::minimum(SnpProduct product) const {
  const auto it = std::ranges::find(minima, product, &SnpMinimum::product);
  return it == minima.end() ? nullptr : &*it;
}

Status SnpRules::check() const {
  if (signing_keys.empty()) return empty("no signing_keys in evidence.sev-snp", "\"vcek\", \"vlek\" or both");
  GLOVEBOX_CHECK(check_words(signing_keys, keys, "signing_keys"));
  GLOVEBOX_CHECK(check_words(unchecked, leavable, "unchecked"));
  std::vector<std::string_view> names;
  for (const SnpProtection& p : protections) names.push_back(p.name);
  GLOVEBOX_CHECK(check_words(required, names, "require"));
  if (maximum_vmpl > snp_vmpl_max) return invalid("evidence.sev-snp.maximum_vmpl", "0 to 3");

  if (minima.empty() && !leaves("tcb"))
    return empty("no minimum_tcb in evidence.sev-snp", "one for each product, or unchecked = [\"tcb\"]");
  if (!minima.empty() && leaves("tcb")) return invalid("minimum_tcb beside unchecked = [\"tcb\"]", "one of them");
  if (minima.size() > snp_minima_max || !std::ranges::is_sorted(minima, std::less_equal{}, &SnpMinimum::product))
    return invalid("minimum_tcb of a product twice, or out of order");
  for (const SnpMinimum& m : minima) {
    if (m.product != SnpProduct::turin && m.tcb.fmc != 0)
      return invalid("an fmc version for " + std::string(name(m.product)), "Turin's alone has one");
    if (m.tcb == attestation::SnpTcb{})
      return invalid("an all-zero minimum_tcb for " + std::string(name(m.product)), "the versions you accept from",
                     "zero accepts every version; unchecked = [\"tcb\"] says so");
  }
  if (chips.empty() && !leaves("chip"))
    return empty("no chips in evidence.sev-snp", "those you accept, or unchecked = [\"chip\"]");
  if (!chips.empty() && leaves("chip")) return invalid("chips beside unchecked = [\"chip\"]", "one of them");
  if (chips.size() > snp_chips_max || !ascending(chips)) return invalid("too many chips, or one twice");
  for (const Array<64>& chip : chips)
    if (chip == Array<64>{}) return invalid("an all-zero chip", "its number", "zero is what a masked one reports");
  return {};
}

void SnpRules::write(cbor::Writer& out) const {
  const auto words = [&](const std::vector<std::string>& list) {
    out.array(list.size());
    for (const std::string& word : list) out.tstr(word);
  };
  out.array(6);
  words(signing_keys);
  out.uint(maximum_vmpl).array(minima.size());
  for (const SnpMinimum& m : minima) {
    out.array(6).tstr(name(m.product)).uint(m.tcb.fmc).uint(m.tcb.bootloader).uint(m.tcb.tee);
    out.uint(m.tcb.snp).uint(m.tcb.microcode);
  }
  out.array(chips.size());
  for (const Array<64>& chip : chips) out.bstr(chip);
  words(required);
  words(unchecked);
}

SnpRules SnpRules::read(cbor::Reader& in) {
  SnpRules out;
  const auto words = [&](std::vector<std::string>& list) {
    for (auto c = in.array(words_max); in.more(c);) list.emplace_back(in.tstr(word_size_max));
  };
  const auto byte = [&] { return static_cast<std::uint8_t>(in.uint(UINT8_MAX)); };
  in.open_array(6);
  words(out.signing_keys);
  out.maximum_vmpl = byte();
  for (auto c = in.array(snp_minima_max); in.more(c);) {
    in.open_array(6);
    SnpMinimum m;
    const auto product = attestation::snp_product_from_name(in.tstr(word_size_max));
    if (product)
      m.product = *product;
    else
      in.refuse(Reject::malformed, "an unknown product", "Milan, Genoa or Turin");
    m.tcb.fmc = byte();
    m.tcb.bootloader = byte();
    m.tcb.tee = byte();
    m.tcb.snp = byte();
    m.tcb.microcode = byte();
    out.minima.push_back(m);
  }
  for (auto c = in.array(snp_chips_max); in.more(c);) out.chips.push_back(in.bytes_of<64>());
  words(out.required);
  words(out.unchecked);
  return out;
}

}  // namespace glovebox::verifier
