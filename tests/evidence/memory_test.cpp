// A memory of verified chains changes what an appraisal costs and nothing else: not one word of one outcome, in any
// order, at any time, with any list, in many threads at once.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <random>
#include <thread>

#include "crypto/chain_memory.h"
#include "judge.h"
#include "verifier/dcap_document.h"
#include "world.h"

namespace glovebox::verifier {
namespace {
using crypto::ChainMemory;

struct Stored {
  testroots::Case one;
  std::string policy;
  Bytes bundle;

  Result<AttestationResult> judged(ChainMemory* memory = nullptr) const {
    return test::judge(one, policy, bundle, memory);
  }
};

constexpr auto chained = std::to_array<std::string_view>({"nitro", "sev-snp", "tdx", "sgx"});

const std::vector<Stored>& stored() {
  static const std::vector<Stored> all = [] {
    std::vector<Stored> out;
    for (const auto& entry : std::filesystem::directory_iterator(test::vectors() / "attestation")) {
      if (!std::filesystem::exists(entry.path() / "manifest.json")) continue;
      Stored s{.one = test::read_case(entry.path()), .policy = {}, .bundle = {}};
      const bool has_chain = std::ranges::contains(chained, s.one.platform);
      if (!has_chain && std::getenv("GLOVEBOX_EXHAUSTIVE") == nullptr) continue;
      s.policy = text_of(test::read(entry.path() / s.one.policy));
      if (!s.one.collateral.empty()) s.bundle = test::read(entry.path() / s.one.collateral);
      out.push_back(std::move(s));
    }
    std::ranges::sort(out, {}, [](const Stored& s) { return s.one.name; });
    return out;
  }();
  return all;
}

// said writes down all of an outcome.
std::string said(const Result<AttestationResult>& result) {
  if (!result) return describe(result.error()) + " | " + result.error().hint;
  std::string out = result->platform + " " + result->root_name + " " + to_hex(result->root) + " " + result->version +
                    " " + result->instance + " " + to_rfc3339(result->time) + " " + to_hex(result->policy);
  for (const auto& m : result->measurements) out += "\n" + m.name + " " + to_hex(m.value);
  for (const auto& fact : result->facts) out += "\n" + fact.name + " " + fact.value;
  for (const auto& model : result->models) out += "\n" + model.name + " " + to_hex(model.digest);
  for (const auto& word : result->unchecked) out += "\nunchecked " + word;
  if (result->binding) out += "\n" + to_hex(result->binding->view());
  out += "\n" + to_hex(result->keys.digest());
  return out;
}

const std::vector<std::string>& said_without() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    for (const Stored& s : stored()) out.push_back(said(s.judged()));
    return out;
  }();
  return all;
}

// in_random_order asks about every case twice, in an order of the seed, of one memory.
void in_random_order(unsigned seed, ChainMemory& memory) {
  std::vector<std::size_t> order(2 * stored().size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i % stored().size();
  std::mt19937 random(seed);
  std::ranges::shuffle(order, random);
  for (const std::size_t i : order)
    ASSERT_EQ(said(stored()[i].judged(&memory)), said_without()[i]) << stored()[i].one.name << ", seed " << seed;
}

const Stored& first(std::string_view platform, std::string_view expected, std::string_view prefix = "") {
  const auto it = std::ranges::find_if(stored(), [&](const Stored& s) {
    return s.one.platform == platform && s.one.expected == expected && s.one.name.starts_with(prefix);
  });
  if (it == stored().end()) throw std::runtime_error("no such case");
  return *it;
}

TEST(Memory, TheSameOutcomeInAnyOrder) {
  const bool exhaustive = std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr;
  for (unsigned seed = 1; seed <= (exhaustive ? 50U : 1U); ++seed) {
    ChainMemory memory;
    in_random_order(seed, memory);
    EXPECT_GE(memory.size().signatures, 4U);
  }
}

TEST(Memory, TheSameOutcomeWhereItForgets) {
  ChainMemory memory(3, 1);
  in_random_order(100, memory);
  EXPECT_EQ(memory.size().certificates, 3U);
  EXPECT_EQ(memory.size().lists, 1U);
  EXPECT_LE(memory.size().signatures, 6U);
}

TEST(Memory, TheSameOutcomeInManyThreads) {
  ChainMemory memory(8, 2);
  (void)said_without();
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t i = t; i < stored().size(); i += 1 + t % 2)
        if (said(stored()[i].judged(&memory)) != said_without()[i]) ++wrong;
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(Memory, DatesAreLookedAtEachTime) {
  for (const std::string_view platform : chained) {
    Stored s = first(platform, "accepted");
    ChainMemory memory;
    const Time good = s.one.at;
    ASSERT_EQ(test::reason_of(s.judged(&memory)), "accepted") << s.one.name;
    s.one.at = good.plus_seconds(std::int64_t{100} * 365 * 86400);
    EXPECT_EQ(test::reason_of(s.judged(&memory)), "certificate_expired") << s.one.name;
    s.one.at = Time::from_seconds(0);
    EXPECT_EQ(test::reason_of(s.judged(&memory)), "certificate_expired") << s.one.name;
    s.one.at = good;
    EXPECT_EQ(test::reason_of(s.judged(&memory)), "accepted") << s.one.name;
  }
}

// A certificate's last second, with and without what was remembered before it.
TEST(Memory, ExpiredByOneSecond) {
  test::World world;
  const auto evidence = world.evidence();
  const auto document = attestation::parse_unverified(evidence.document).value();
  const auto leaf = crypto::Certificate::parse(document.claims.certificate).value();
  ChainMemory memory;
  auto policy = world.policy();
  policy.freshness_seconds = freshness_seconds_max;
  const auto at = [&](Time t) { return test::reason_of(appraise(evidence, world.expected(), policy, t, {}, &memory)); };
  EXPECT_EQ(at(world.now), "accepted");
  EXPECT_EQ(at(leaf.fields().not_after.plus_seconds(1)), "certificate_expired");
  EXPECT_EQ(at(leaf.fields().not_after), "accepted");
}

TEST(Memory, AListThatComesLaterCounts) {
  const Stored& revoked = first("sev-snp", "certificate_revoked");
  Stored s = first("sev-snp", "accepted");
  Collateral none;
  ASSERT_TRUE(none.add(s.bundle));
  none.lists.clear();
  ChainMemory memory;
  ASSERT_EQ(test::reason_of(s.judged(&memory)), "accepted");
  const Bytes good = std::exchange(s.bundle, revoked.bundle);
  EXPECT_EQ(said(s.judged(&memory)), said(s.judged()));
  EXPECT_EQ(test::reason_of(s.judged(&memory)), "certificate_revoked");
  s.bundle = none == Collateral{} ? Bytes{} : none.to_bundle();
  EXPECT_EQ(test::reason_of(s.judged(&memory)), "collateral_missing");
  // Good again, and then too old: the list ends long before the certificates do.
  s.bundle = good;
  EXPECT_EQ(test::reason_of(s.judged(&memory)), "accepted");
  Collateral listed;
  ASSERT_TRUE(listed.add(good));
  const auto list = crypto::Crl::parse(listed.lists.front()).value();
  s.one.at = list.next_update().plus_seconds(1);
  EXPECT_EQ(test::reason_of(s.judged(&memory)), "collateral_expired");
}

// Quotes: whatever is wrong with what comes beside a second one is refused as with the first, though the quote and all
// the rest of it were accepted just before, and though it was seen just before.
TEST(Memory, CollateralOfQuotesThatComesLaterCounts) {
  std::size_t asked = 0;
  for (const char* platform : {"tdx", "sgx"}) {
    const Stored& good = first(platform, "accepted");
    for (const Stored& bad : stored()) {
      if (bad.one.platform != platform || bad.one.policy != good.one.policy || bad.one.expected == "accepted") continue;
      const bool in_documents = bad.one.name.contains("-documents-") || bad.one.name.contains("-crl-") ||
                                bad.one.name.contains("-quoting-") || bad.one.name.contains("-expired-");
      if (!in_documents) continue;
      ChainMemory memory;
      ASSERT_EQ(test::reason_of(good.judged(&memory)), "accepted");
      Stored s = good;  // the accepted quote itself, with the other's collateral, at its time
      s.bundle = bad.bundle;
      s.one.at = bad.one.at;
      ASSERT_EQ(said(s.judged(&memory)), said(s.judged())) << bad.one.name;
      for (int i = 0; i < 2; ++i) ASSERT_EQ(test::reason_of(bad.judged(&memory)), bad.one.expected) << bad.one.name;
      ASSERT_EQ(test::reason_of(good.judged(&memory)), "accepted") << bad.one.name;
      ++asked;
    }
  }
  EXPECT_GE(asked, 40U);
}

// Intel's documents end long before certificates do, and the policy's wishes are held against them each time.
TEST(Memory, DocumentsOfQuotesEndByOneSecond) {
  Stored s = first("tdx", "accepted");
  Collateral all;
  ASSERT_TRUE(all.add(s.bundle));
  Time end = Time::from_seconds(INT64_C(1) << 40);
  for (const Bytes& json : all.documents) end = std::min(end, DcapDocument::parse(json).value().next_update);
  for (const Bytes& der : all.lists) ASSERT_GE(crypto::Crl::parse(der).value().next_update(), end);
  ChainMemory memory;
  for (int i = 0; i < 2; ++i) {
    s.one.at = end;
    EXPECT_EQ(test::reason_of(s.judged(&memory)), "accepted");
    s.one.at = end.plus_seconds(1);
    EXPECT_EQ(test::reason_of(s.judged(&memory)), "collateral_expired");
  }
}

// A signature that was good of some bytes says nothing of any others, whatever is remembered of their signer.
TEST(Memory, NoChangedByteOfCollateralPasses) {
  const Stored& good = first("tdx", "accepted");
  Collateral all;
  ASSERT_TRUE(all.add(good.bundle));
  ChainMemory memory;
  ASSERT_EQ(test::reason_of(good.judged(&memory)), "accepted");
  for (auto member : {&Collateral::certificates, &Collateral::lists, &Collateral::documents})
    for (std::size_t item = 0; item < (all.*member).size(); ++item)
      for (std::size_t i = item; i < (all.*member)[item].size(); i += 101) {
        Collateral changed = all;
        (changed.*member)[item][i] ^= 0x04;
        Stored s = good;
        s.bundle = changed.to_bundle();
        ASSERT_EQ(said(s.judged(&memory)), said(s.judged())) << item << " at " << i;
      }
  EXPECT_EQ(test::reason_of(good.judged(&memory)), "accepted");
}

// What a memory of nothing but this quote learned: its chain of three, the documents' signer, two lists, two documents.
TEST(Memory, OfOneQuote) {
  const Stored& s = first("tdx", "accepted");
  ChainMemory memory;
  ASSERT_EQ(test::reason_of(s.judged(&memory)), "accepted");
  const auto size = memory.size();
  EXPECT_EQ(size.certificates, 4U);
  EXPECT_EQ(size.lists, 2U);
  EXPECT_EQ(size.statements, 2U);
  EXPECT_EQ(size.signatures, 7U);  // and never the quoting enclave's report's, nor the quote's own
}

// What was once accepted says nothing about another signature under the same chain.
TEST(Memory, NoChangedByteOfADocumentPasses) {
  for (const Stored& s : stored()) {
    if (s.one.expected != "accepted") continue;
    ChainMemory memory;
    ASSERT_EQ(said(s.judged(&memory)), said(s.judged()));
    for (std::size_t i = s.one.name.size() % 197; i < s.one.evidence.size(); i += 197) {
      Stored changed = s;
      changed.one.evidence[i] ^= 0x10;
      ASSERT_EQ(said(changed.judged(&memory)), said(changed.judged())) << s.one.name << " at " << i;
    }
  }
}

// Who is refused leaves nothing behind: strangers cannot fill it.
TEST(Memory, StrangersAreNotRemembered) {
  for (const char* word : {"root_unknown", "certificate_invalid", "certificate_expired"}) {
    const Stored& s = first("nitro", word);
    ChainMemory memory;
    ASSERT_EQ(test::reason_of(s.judged(&memory)), word);
    EXPECT_LE(memory.size().certificates, parse_policy(view_of(s.policy))->evidence.roots.size()) << s.one.name;
    EXPECT_EQ(memory.size().signatures, 0U) << s.one.name;
  }
}

// A policy for Nitro and SEV-SNP at once takes Nitro's documents, in whatever order its roots stand.
TEST(Memory, RootsOfOtherPlatformsStandInNobodysWay) {
  const auto nitro = parse_policy(view_of(first("nitro", "accepted").policy))->evidence;
  const auto snp = parse_policy(view_of(first("sev-snp", "accepted").policy))->evidence;
  EvidencePolicy both = nitro;
  both.platforms = {"nitro", "sev-snp"};
  both.snp = snp.snp;
  both.roots.insert(both.roots.begin(), snp.roots.begin(), snp.roots.end());
  for (const Measurement& m : snp.measurements) both.measurements.push_back(m);
  ASSERT_TRUE(both.check()) << describe(both.check().error());
  const Stored& s = first("nitro", "accepted", "nitro");
  const auto evidence = attestation::Evidence::parse(s.one.evidence);
  if (!evidence) GTEST_SKIP() << "the first accepted case is no message";
  attestation::Nonce nonce{};
  std::ranges::copy(s.one.nonce, nonce.begin());
  EXPECT_EQ(test::reason_of(appraise(*evidence, {.purpose = evidence->purpose(), .nonce = nonce}, both, s.one.at)),
            "accepted");
}
}  // namespace
}  // namespace glovebox::verifier
