// tests/vectors/evidence: one file, one fault; the name begins with the rejection.
#include "support.h"
#include "verifier/appraise.h"
#include "verifier/policy_toml.h"

namespace glovebox::verifier {
namespace {
std::string line_of(const std::filesystem::path& path) {
  std::string text(text_of(test::read(path)));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

TEST(Vectors, Evidence) {
  const auto folder = test::vectors() / "evidence";
  const auto policy = parse_policy(test::read(folder / "policy.toml"));
  ASSERT_TRUE(policy) << describe(policy.error());
  const Time now = from_rfc3339(line_of(folder / "time.txt")).value();
  const Expected expected{.purpose = attestation::Purpose::client,
                          .nonce = fixed<32>(from_hex(line_of(folder / "nonce.txt")).value()).value(),
                          .context = {}};
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".cbor") continue;
    const std::string name = entry.path().stem().string();
    const auto evidence = attestation::Evidence::parse(test::read(entry.path()));
    const std::string reason =
        evidence ? test::reason_of(appraise(*evidence, expected, policy->evidence, now)) : test::reason_of(evidence);
    EXPECT_EQ(reason, name.substr(0, name.find('-'))) << name;
    ++count;
  }
  EXPECT_GE(count, 20U);
}
}  // namespace
}  // namespace glovebox::verifier
