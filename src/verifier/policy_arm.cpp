#include "verifier/policy_arm.h"

#include <algorithm>
#include <functional>

#include "attestation/arm_claims.h"

namespace glovebox::verifier {
namespace {
using crypto::PlatformKeyKind;
constexpr std::size_t word_size_max = 32;
constexpr std::size_t words_max = 8;
constexpr std::size_t name_max = 128;
constexpr std::array kinds = {PlatformKeyKind::p256, PlatformKeyKind::p384};
constexpr std::array<std::string_view, 4> leavable = {"extensible", "firmware", "implementation", "instance"};

std::unexpected<Error> invalid(std::string found, std::string expected = {}) {
  return fail(Reject::policy_invalid, std::move(found), std::move(expected));
}

bool good_name(std::string_view text) {
  return !text.empty() && text.size() <= name_max;
}
// good_hash: of a size that a hash has, and not all zero, which is what was never measured.
bool good_hash(View hash) {
  return (hash.size() == 32 || hash.size() == 48 || hash.size() == 64) &&
         std::ranges::any_of(hash, [](std::uint8_t b) { return b != 0; });
}

Status check_software(const std::vector<ArmSoftware>& software, const std::string& where) {
  if (software.size() > arm_versions_max) return invalid("too many versions in " + where, "at most 64");
  for (auto it = software.begin(); it != software.end(); ++it) {
    if (!good_name(it->version)) return invalid("software without a version in " + where);
    if (it->components.empty() || it->components.size() > attestation::arm_components_max)
      return invalid("version " + it->version + " of no components, or of too many", "1 to 64");
    if (!std::ranges::is_sorted(it->components)) return invalid("components out of order");
    for (const ArmPiece& piece : it->components)
      if (!good_hash(piece.signer) || !good_hash(piece.measurement))
        return invalid("a component of version " + it->version,
                       "signer and measurement of 32, 48 or 64 bytes, not zero");
    if (std::ranges::contains(software.begin(), it, it->components, &ArmSoftware::components))
      return invalid("version " + it->version + " has the components of another");
  }
  return {};
}

Status check_realms(const std::vector<ArmRealm>& realms, bool extensible, const std::string& where) {
  if (realms.empty()) return fail(Reject::policy_empty, "no realms in " + where, "at least one");
  if (realms.size() > arm_versions_max) return invalid("too many realms in " + where, "at most 64");
  for (auto it = realms.begin(); it != realms.end(); ++it) {
    if (!good_name(it->version)) return invalid("a realm without a version in " + where);
    if (!good_hash(it->initial)) return invalid("the initial measurement of realm " + it->version, "not all zero");
    if (extensible && it->extensible.empty())
      return fail(Reject::policy_empty, "no extensible measurements of realm " + it->version,
                  "four, or unchecked = [\"extensible\"]");
    if (!extensible && !it->extensible.empty())
      return invalid("extensible measurements beside unchecked = [\"extensible\"]", "one of them");
    if (extensible && it->extensible.size() != attestation::arm_extensible_count)
      return invalid("extensible measurements of realm " + it->version, "four");
    for (const Bytes& hash : it->extensible)  // zero is what a realm has that measured nothing more
      if (hash.size() != 32 && hash.size() != 48 && hash.size() != 64)
        return invalid("an extensible measurement of realm " + it->version, "32, 48 or 64 bytes");
    for (auto other = realms.begin(); other != it; ++other)
      if (other->initial == it->initial && other->extensible == it->extensible)
        return invalid("realm " + it->version + " has the measurements of another");
  }
  return {};
}
}  // namespace

bool ArmRules::leaves(std::string_view what) const {
  return std::ranges::contains(unchecked, what);
}

Status ArmRules::check(bool cca) const {
  const std::string where = cca ? "evidence.arm-cca" : "evidence.arm-psa";
  // ruled: one of the two, and not both.
  const auto ruled = [&](bool here, std::string_view what, std::string_view word) -> Status {
    if (!here && !leaves(word))
      return fail(Reject::policy_empty, "no " + std::string(what) + " in " + where,
                  "those you accept, or unchecked = [\"" + std::string(word) + "\"]");
    if (here && leaves(word))
      return invalid(std::string(what) + " beside unchecked = [\"" + std::string(word) + "\"]", "one of them");
    return {};
  };
  for (const std::string& word : unchecked)
    if (!std::ranges::contains(leavable, word) || (!cca && (word == "extensible" || word == "firmware")))
      return invalid("an unknown word in " + where + ".unchecked: " + word.substr(0, word_size_max));
  if (!std::ranges::is_sorted(unchecked, std::less_equal{})) return invalid(where + ".unchecked out of order or twice");
  GLOVEBOX_CHECK(check_keys(keys, kinds, where));
  for (const EnrolledKey& key : keys)
    GLOVEBOX_CHECK(ruled(key.instance.has_value(), "instance of key " + key.name, "instance"));
  GLOVEBOX_CHECK(ruled(!implementations.empty(), "implementations", "implementation"));
  if (implementations.size() > arm_implementations_max || !std::ranges::is_sorted(implementations, std::less_equal{}))
    return invalid("too many implementations, or one twice");
  if (cca)
    GLOVEBOX_CHECK(ruled(!software.empty(), "firmware", "firmware"));
  else if (software.empty())
    return fail(Reject::policy_empty, "no software in " + where, "at least one version");
  GLOVEBOX_CHECK(check_software(software, where));
  if (cca) return check_realms(realms, !leaves("extensible"), where);
  return realms.empty() ? Status() : invalid("realms in " + where, "those of CCA alone");
}

void ArmRules::write(cbor::Writer& out) const {
  out.array(5);
  write_keys(out, keys);
  out.array(implementations.size());
  for (const Digest& one : implementations) out.bstr(one);
  out.array(software.size());
  for (const ArmSoftware& s : software) {
    out.array(2).tstr(s.version).array(s.components.size());
    for (const ArmPiece& piece : s.components) out.array(3).tstr(piece.type).bstr(piece.signer).bstr(piece.measurement);
  }
  out.array(realms.size());
  for (const ArmRealm& realm : realms) {
    out.array(3).tstr(realm.version).bstr(realm.initial).array(realm.extensible.size());
    for (const Bytes& hash : realm.extensible) out.bstr(hash);
  }
  out.array(unchecked.size());
  for (const std::string& word : unchecked) out.tstr(word);
}

ArmRules ArmRules::read(cbor::Reader& in) {
  ArmRules out;
  in.open_array(5);
  out.keys = read_keys(in);
  for (auto c = in.array(arm_implementations_max); in.more(c);) out.implementations.push_back(in.bytes_of<32>());
  for (auto c = in.array(arm_versions_max); in.more(c);) {
    in.open_array(2);
    ArmSoftware s;
    s.version = in.tstr(name_max);
    for (auto pieces = in.array(attestation::arm_components_max); in.more(pieces);) {
      in.open_array(3);
      ArmPiece piece;
      piece.type = in.tstr(attestation::arm_text_size_max);
      piece.signer = to_bytes(in.bstr(64));
      piece.measurement = to_bytes(in.bstr(64));
      s.components.push_back(std::move(piece));
    }
    out.software.push_back(std::move(s));
  }
  for (auto c = in.array(arm_versions_max); in.more(c);) {
    in.open_array(3);
    ArmRealm realm;
    realm.version = in.tstr(name_max);
    realm.initial = to_bytes(in.bstr(64));
    for (auto hashes = in.array(attestation::arm_extensible_count); in.more(hashes);)
      realm.extensible.push_back(to_bytes(in.bstr(64)));
    out.realms.push_back(std::move(realm));
  }
  for (auto c = in.array(words_max); in.more(c);) out.unchecked.emplace_back(in.tstr(word_size_max));
  return out;
}

}  // namespace glovebox::verifier
