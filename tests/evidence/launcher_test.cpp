#include "devnsm/launcher.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>

#include "crypto/hash.h"
#include "devnsm/confine.h"
#include "support.h"

namespace glovebox::devnsm {
namespace {
namespace fs = std::filesystem;

class Launcher : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  std::map<std::string, std::string> report() const {
    std::map<std::string, std::string> out;
    std::ifstream file(folder_ / "report");
    for (std::string key, value; file >> key >> value;) out[key] = value;
    return out;
  }
  const fs::path folder_ = fs::temp_directory_path() / ("glovebox-launcher-test-" + std::to_string(::getpid()));
  const TestRoot root_ = TestRoot::create(system_now());
};

TEST_F(Launcher, WhatTheEnclaveSees) {
  const auto status = run(root_, GLOVEBOX_PROBE, {(folder_ / "report").string(), "report"});
  ASSERT_TRUE(status) << describe(status.error());
  EXPECT_EQ(*status, 42);
  auto seen = report();
  EXPECT_EQ(seen["pcr0"], to_hex(attestation::measure(test::read(GLOVEBOX_PROBE))));
  EXPECT_EQ(seen["pcr0"], to_hex(measure_program(GLOVEBOX_PROBE)->at(0)));
  EXPECT_EQ(seen["pcrs"], "18");  // 0 to 15, and 16 and 17, which it locked
  EXPECT_EQ(seen["core"], "0");
  EXPECT_EQ(seen["environment"], "empty");
  EXPECT_EQ(seen["descriptors"], "4");  // 0, 1, 2 and the module
  EXPECT_EQ(seen["ptrace"], "refused");
  // Where namespaces are allowed (the launcher says so), it is process 1 and has a loopback interface at most.
  if (seen["pid"] == "1") {
    EXPECT_LE(std::stoi(seen["interfaces"]), 1);
  }
}

TEST_F(Launcher, OneByteMoreIsAnotherProgram) {
  const fs::path copy = folder_ / "copy";
  fs::copy_file(GLOVEBOX_PROBE, copy);
  const auto before = measure_program(copy);
  EXPECT_EQ(*before, *measure_program(GLOVEBOX_PROBE));
  std::ofstream(copy, std::ios::app) << 'x';
  const auto after = measure_program(copy);
  EXPECT_NE(before->at(0), after->at(0));
  EXPECT_EQ(after->at(0), after->at(1));
  EXPECT_EQ(after->at(2), attestation::no_ramdisk());
  // It still runs, and says truly what it is.
  EXPECT_EQ(*run(root_, copy, {(folder_ / "report").string(), "report"}), 42);
  EXPECT_EQ(report()["pcr0"], to_hex(after->at(0)));
}

TEST_F(Launcher, HowItEnds) {
  EXPECT_EQ(*run(root_, GLOVEBOX_PROBE, {}), 2);
  EXPECT_EQ(test::reason_of(run(root_, folder_ / "none", {})), "file_unreadable");
  std::ofstream(folder_ / "text") << "no program";
  EXPECT_EQ(*run(root_, folder_ / "text", {}), 127);
}

TEST_F(Launcher, PassesSigtermOn) {
  const ::pid_t launcher = ::fork();
  if (launcher == 0) {
    const auto status = run(root_, GLOVEBOX_PROBE, {(folder_ / "ready").string(), "wait"});
    ::_exit(status ? *status : 99);
  }
  for (int i = 0; i < 500 && !fs::exists(folder_ / "ready"); ++i) ::usleep(10'000);
  ::kill(launcher, SIGTERM);
  int status = 0;
  ::waitpid(launcher, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 9);
}

TEST(TestRootFolder, KeptForItsOwnerAlone) {
  const fs::path folder = fs::temp_directory_path() / ("glovebox-root-test-" + std::to_string(::getpid()));
  const Time now = system_now();
  const auto first = TestRoot::open(folder / "state", now);
  ASSERT_TRUE(first) << describe(first.error());
  const auto again = TestRoot::open(folder / "state", now);
  ASSERT_TRUE(again);
  EXPECT_EQ(first->certificate().digest(), again->certificate().digest());
  struct stat info{};
  ASSERT_EQ(::stat((folder / "state/root.key").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder / "state").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  // A key and a certificate that do not belong together are no root.
  const TestRoot other = TestRoot::create(now);
  ASSERT_TRUE(write_file(folder / "state/root.crt", other.certificate().der()));
  EXPECT_EQ(test::reason_of(TestRoot::load(folder / "state")), "key_invalid");
  ASSERT_TRUE(write_file(folder / "state/root.crt", view_of("nonsense")));
  EXPECT_EQ(test::reason_of(TestRoot::load(folder / "state")), "certificate_invalid");
  fs::remove_all(folder);
}
}  // namespace
}  // namespace glovebox::devnsm
