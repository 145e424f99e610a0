#include <sys/stat.h>

#include "broker/broker_testing.h"

namespace glovebox::broker {
namespace {

using namespace test;

TEST(Broker, ATestRootIsNeverEnoughForAProductionBroker) {
  World world(false);
  EXPECT_FALSE(world.broker->development());
  EXPECT_EQ(reason_of(world.release(world.parts())), "root_unknown");
  EXPECT_FALSE(world.statement().development);
}

TEST(Broker, DevelopmentIsForGood) {
  World world;
  EXPECT_TRUE(world.statement().development);
  ASSERT_TRUE(Broker::new_key(world.path(), crypto::Kem::x25519, start, 10)->development);
  auto database = Database::open(world.path() / "broker.sqlite").value();
  EXPECT_FALSE(database.run("DELETE FROM development_root"));
  ASSERT_TRUE(world.broker->store().log({.time = start, .kind = "refusal", .reject = "", .found = ""}));
  EXPECT_FALSE(database.run("UPDATE log SET kind = ''"));
  EXPECT_FALSE(database.run("DELETE FROM log"));
  EXPECT_EQ(reason_of(Broker::init(world.path(), {}, start, 1)), "file_unwritable");
}

TEST(Broker, KeepsOpeningUnderOlderKeysUntilTheyAreDestroyed) {
  World world;
  const World::Parts parts = world.parts();
  ASSERT_TRUE(Broker::new_key(world.path(), crypto::Kem::x_wing, start, 100));
  ASSERT_TRUE(world.broker->reload());
  EXPECT_EQ(world.statement().version, 2U);
  EXPECT_EQ(reason_of(world.release(parts)), "accepted");
  struct stat info{};
  ASSERT_EQ(::stat((world.path() / "keys" / "1.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  std::filesystem::remove(world.path() / "keys" / "1.key");
  ASSERT_TRUE(world.broker->reload());
  EXPECT_EQ(reason_of(world.release(parts)), "wrapped_key_invalid");
}

TEST(Broker, RefusesAStatementThatIsNotItsOwn) {
  World world;
  const World other;
  std::filesystem::copy_file(other.path() / "keys" / "1.statement", world.path() / "keys" / "1.statement",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(reason_of(Broker::open(world.path())), "broker_unknown");
}

}  // namespace
}  // namespace glovebox::broker
