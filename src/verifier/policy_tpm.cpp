#include "verifier/policy_tpm.h"

#include <algorithm>

namespace glovebox::verifier {
namespace {
using crypto::PlatformKeyKind;
constexpr std::size_t name_max = 128;
constexpr std::array kinds = {PlatformKeyKind::p256, PlatformKeyKind::rsa};

std::unexpected<Error> invalid(std::string found, std::string expected = {}, std::string hint = {}) {
  return fail(Reject::policy_invalid, std::move(found), std::move(expected), std::move(hint));
}
// untouched: that nothing was ever extended into a register. Those of a dynamic launch begin with ones.
template <std::size_t N>
bool untouched(const Array<N>& value) {
  return std::ranges::all_of(value, [&](std::uint8_t byte) { return byte == value[0] && (byte == 0 || byte == 0xff); });
}
}  // namespace

template <std::size_t N>
Status TpmRulesOf<N>::check(bool enrolled, std::string_view where) const {
  const std::string table(where);
  if (enrolled)
    GLOVEBOX_CHECK(check_keys(keys, kinds, where));
  else if (!keys.empty())
    return invalid("keys in " + table, "none", "what vouches for it says which key is the TPM's");
  for (const EnrolledKey& key : keys)
    if (key.instance) return invalid("an instance of key " + key.name, "none", "a TPM names no instance");
  if (versions.empty()) return fail(Reject::policy_empty, "no versions in " + table, "at least one");
  if (versions.size() > tpm_versions_max) return invalid("too many versions in " + table, "at most 64");
  for (auto it = versions.begin(); it != versions.end(); ++it) {
    if (it->version.empty() || it->version.size() > name_max) return invalid("a version without a name in " + table);
    if (it->registers.empty())
      return fail(Reject::policy_empty, "no registers of version " + it->version, "at least one",
                  "a version of no registers is every version");
    for (const auto& [index, value] : it->registers)
      if (value == Array<N>{})
        return invalid("pcr" + std::to_string(index) + " of version " + it->version + " is all zero",
                       "the value of what was started", "zero is what was never measured");
    // An enrolled key says whose machine it is; without one this would be every machine.
    if (!enrolled && std::ranges::all_of(it->registers, [](const auto& wanted) { return untouched(wanted.second); }))
      return invalid("registers of version " + it->version + " that nothing was measured into",
                     "one that something was", "they are the same on every machine");
    if (std::ranges::contains(versions.begin(), it, it->registers, &TpmVersionOf<N>::registers))
      return invalid("version " + it->version + " has the registers of another");
  }
  return {};
}

template <std::size_t N>
void TpmRulesOf<N>::write(cbor::Writer& out) const {
  out.array(2);
  write_keys(out, keys);
  out.array(versions.size());
  for (const TpmVersionOf<N>& v : versions) {
    out.array(2).tstr(v.version).map(v.registers.size());
    for (const auto& [index, value] : v.registers) out.uint(index).bstr(value);
  }
}

template <std::size_t N>
TpmRulesOf<N> TpmRulesOf<N>::read(cbor::Reader& in) {
  TpmRulesOf out;
  in.open_array(2);
  out.keys = read_keys(in);
  for (auto c = in.array(tpm_versions_max); in.more(c);) {
    in.open_array(2);
    TpmVersionOf<N> v{.version = std::string(in.tstr(name_max)), .registers = {}};
    for (auto map = in.map(attestation::tpm_registers); in.more(map);) {
      const std::uint64_t index = in.key_uint(map);
      const Array<N> value = in.template bytes_of<N>();
      if (in.ok() && index >= attestation::tpm_registers) in.refuse(Reject::malformed, "a register beyond 23");
      if (in.ok()) v.registers.emplace(static_cast<std::uint8_t>(index), value);
    }
    out.versions.push_back(std::move(v));
  }
  return out;
}

template <std::size_t N>
const TpmVersionOf<N>* TpmRulesOf<N>::version_of(const RegistersOf<N>& found) const {
  for (const TpmVersionOf<N>& v : versions) {
    const bool all = std::ranges::all_of(v.registers, [&](const auto& wanted) {
      const auto it = found.find(wanted.first);
      return it != found.end() && it->second == wanted.second;
    });
    if (all) return &v;
  }
  return nullptr;
}

template struct TpmRulesOf<32>;
template struct TpmRulesOf<48>;

}  // namespace glovebox::verifier
