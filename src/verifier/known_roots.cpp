#include "verifier/known_roots.h"

#include <algorithm>

#include "verifier/nitro_verify.h"

namespace glovebox::verifier {
namespace {
using attestation::Platform;
using attestation::SnpProduct;

constexpr Digest hex(std::string_view text) {
  Digest out{};
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::uint8_t>(digit(text[2 * i]) * 16 + digit(text[2 * i + 1]));
  return out;
}
}  // namespace

std::span<const KnownRoot> known_roots() {
  static const std::array<KnownRoot, 5> roots = {{
      {aws_nitro_root_name, Platform::nitro, std::nullopt, aws_nitro_root_sha256()},
      {"AMD ARK Milan", Platform::sev_snp, SnpProduct::milan,
       hex("69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd")},
      {"AMD ARK Genoa", Platform::sev_snp, SnpProduct::genoa,
       hex("4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1")},
      {"AMD ARK Turin", Platform::sev_snp, SnpProduct::turin,
       hex("1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a")},
      {"Intel SGX Root CA", Platform::tdx, std::nullopt,
       hex("44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3")},
  }};
  return roots;
}

const KnownRoot* known_root(const Digest& sha256) {
  const auto it = std::ranges::find(known_roots(), sha256, &KnownRoot::sha256);
  return it == known_roots().end() ? nullptr : &*it;
}

bool vouches(Platform root, Platform platform) {
  return root == platform || (root == Platform::tdx && platform == Platform::sgx) ||
         (root == Platform::nitro && platform == Platform::nitro_tpm);
}

}  // namespace glovebox::verifier
