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
}  // namespace

Status TpmRules::check(bool enrolled, std::string_view where) const {
  const std::string table(where);
  if (enrolled)
    GLOVEBOX_CHECK(check_keys(keys, kinds, where));
  else if (!keys.empty())
    return invalid("keys in " + table, "none", "the hardware below it says which key is the TPM's");
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
      if (value == Digest{})
        return invalid("pcr" + std::to_string(index) + " of version " + it->version + " is all zero",
                       "the value of what was started", "zero is what was never measured");
    if (std::ranges::contains(versions.begin(), it, it->registers, &TpmVersion::registers))
      return invalid("version " + it->version + " has the registers of another");
  }
  return {};
}

void TpmRules::write(cbor::Writer& out) const {
  out.array(2);
  write_keys(out, keys);
  out.array(versions.size());
  for (const TpmVersion& v : versions) {
    out.array(2).tstr(v.version).map(v.registers.size());
    for (const auto& [index, value] : v.registers) out.uint(index).bstr(value);
  }
}

TpmRules TpmRules::read(cbor::Reader& in) {
  TpmRules out;
  in.open_array(2);
  out.keys = read_keys(in);
  for (auto c = in.array(tpm_versions_max); in.more(c);) {
    in.open_array(2);
    TpmVersion v{.version = std::string(in.tstr(name_max)), .registers = {}};
    for (auto map = in.map(attestation::tpm_registers); in.more(map);) {
      const std::uint64_t index = in.key_uint(map);
      const Digest value = in.bytes_of<32>();
      if (in.ok() && index >= attestation::tpm_registers) in.refuse(Reject::malformed, "a register beyond 23");
      if (in.ok()) v.registers.emplace(static_cast<std::uint8_t>(index), value);
    }
    out.versions.push_back(std::move(v));
  }
  return out;
}

const TpmVersion* TpmRules::version_of(const attestation::TpmRegisters& quoted) const {
  for (const TpmVersion& v : versions) {
    const bool all = std::ranges::all_of(v.registers, [&](const auto& wanted) {
      const auto it = quoted.find(wanted.first);
      return it != quoted.end() && it->second == wanted.second;
    });
    if (all) return &v;
  }
  return nullptr;
}

}  // namespace glovebox::verifier
