#include "verifier/reference_values_file.h"

#include "crypto/hash.h"
#include "verifier/policy.h"
#include "verifier/toml_reader.h"

namespace glovebox::verifier {

Result<attestation::ReferenceValues> parse_reference_values(View toml) {
  GLOVEBOX_TRY(file, TomlTable::parse(toml, reference_values_size_max));
  TomlTable in = file.table("reference");
  attestation::ReferenceValues out;
  if (in.text("platform", name_size_max) != "nitro" && in.ok())
    in.refuse(Reject::policy_invalid, "another platform", "\"nitro\"");
  out.version = in.text("version", name_size_max);
  out.configuration = in.hex<32>("configuration");
  out.pcrs = {in.hex<48>("pcr0"), in.hex<48>("pcr1"), in.hex<48>("pcr2")};
  out.root_name = in.text("root_name", name_size_max);
  out.root_sha256 = in.hex<32>("root_sha256");
  const bool test = in.flag("root_test");
  if (test) {
    auto der = from_base64(in.text("root_certificate", 2 * root_certificate_size_max));
    if (der)
      out.test_root = std::move(*der);
    else
      in.refuse(Reject::policy_invalid, "reference.root_certificate", "DER in base64");
  }
  GLOVEBOX_CHECK(in.finish());
  for (std::size_t i = 0; i < out.pcrs.size(); ++i)
    if (attestation::is_zero(out.pcrs[i]))
      return fail(Reject::policy_invalid, "pcr" + std::to_string(i) + " all zero", "the value of an image");
  if (out.test_root && crypto::sha256(*out.test_root) != out.root_sha256)
    return fail(Reject::policy_invalid, "a root_certificate with another SHA-256", to_hex(out.root_sha256));
  return out;
}

}  // namespace glovebox::verifier
