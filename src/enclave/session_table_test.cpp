#include "enclave/session_table.h"

#include "support.h"

namespace glovebox::enclave {
namespace {

Session session(std::uint8_t number) {
  Session out{.hpke = crypto::KemPrivate::generate(crypto::Kem::x25519),
              .receipt = crypto::SigningKey::generate(),
              .evidence = {}};
  out.binding.fill(number);
  return out;
}
protocol::Binding binding(std::uint8_t number) {
  protocol::Binding out;
  out.fill(number);
  return out;
}
const SessionTable::Clock::time_point start{std::chrono::hours(1)};

TEST(SessionTable, GivesASessionOnce) {
  SessionTable table(4);
  table.add(session(1), start);
  table.add(session(2), start);
  const auto taken = table.take(binding(2), start);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->binding, binding(2));
  EXPECT_FALSE(table.take(binding(2), start));
  EXPECT_FALSE(table.take(binding(3), start));
  EXPECT_EQ(table.size(), 1U);
}

TEST(SessionTable, DropsTheOldestWhereThereIsNoRoom) {
  SessionTable table(2);
  for (std::uint8_t i = 1; i <= 3; ++i) table.add(session(i), start);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_FALSE(table.take(binding(1), start));
  EXPECT_TRUE(table.take(binding(2), start));
  EXPECT_TRUE(table.take(binding(3), start));
}

TEST(SessionTable, ForgetsAfterTenMinutes) {
  SessionTable table(8);
  table.add(session(1), start);
  table.add(session(2), start + std::chrono::minutes(5));
  EXPECT_FALSE(table.take(binding(1), start + session_life));
  EXPECT_EQ(table.size(), 1U);
  table.expire(start + std::chrono::minutes(15));
  EXPECT_EQ(table.size(), 0U);
}

}  // namespace
}  // namespace glovebox::enclave
