// known_roots.h: the roots of the platforms' makers, by the SHA-256 of their DER. No file can add to them: any other
// root is a test root. AWS's certificate is built in (nitro_verify.h); AMD's and
// Intel's come with the evidence or as collateral.
#pragma once
#include "attestation/platform.h"
#include "attestation/snp_report.h"

namespace glovebox::verifier {

struct KnownRoot {
  std::string_view name;
  attestation::Platform platform;  // Intel's, of TDX and SGX: tdx; AWS's, of both of Nitro's: nitro
  std::optional<attestation::SnpProduct> product;
  Digest sha256;
};
std::span<const KnownRoot> known_roots();
const KnownRoot* known_root(const Digest& sha256);
// vouches says whether a root that counts as one platform's may stand behind another's evidence.
bool vouches(attestation::Platform root, attestation::Platform platform);

}  // namespace glovebox::verifier
