// layers: testroots
// glovebox-testbed: evidence to develop against: good and bad, of each platform, under test roots made on the spot. It
// signs for no hardware, and no image holds it.
#include <cstdio>
#include <cstring>

#include "common/report.h"
#include "crypto/init.h"
#include "testroots/suite.h"

namespace {
using namespace glovebox;

constexpr const char* help =
    "glovebox-testbed attest list [PREFIX]    the cases: name, what a verifier must say, why; or those that begin so\n"
    "glovebox-testbed attest make NAME FOLDER one case: manifest.json, evidence.bin and the policies beside it\n"
    "glovebox-testbed attest suite FOLDER     all of them, as tests/vectors/attestation has them\n"
    "\n"
    "--at TIME  appraised at this time (2026-11-21T12:00:00Z); default: now\n"
    "\n"
    "Keys and signatures are new each time, under test roots that are forgotten at once.\n";

int refuse(const Error& error) {
  return apps::Reporter{.program = "glovebox-testbed", .json = false, .sent = "nothing", .says_sent = false}.error(
      error);
}

Status make_one(const testroots::Suite& suite, const std::string& name, const std::string& folder) {
  for (const auto& one : suite.cases) {
    if (one.name != name) continue;
    testroots::Suite only{.policies = {{one.policy, suite.policies.at(one.policy)}}, .collateral = {}, .cases = {one}};
    if (!one.collateral.empty()) only.collateral[one.collateral] = suite.collateral.at(one.collateral);
    return testroots::write_suite(folder, only);
  }
  return fail(Reject::usage, "case " + name, "one of `glovebox-testbed attest list`");
}
}  // namespace

int main(int argc, char** argv) {
  if (const auto started = crypto::start(); !started) return refuse(started.error());
  std::vector<std::string> words;
  Time at = Time::from_seconds(system_now().seconds());
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--help" || word == "-h") {
      std::fputs(help, stdout);
      return 0;
    }
    if (word == "--at") {
      const auto named = i + 1 < argc ? from_rfc3339(argv[++i]) : Result<Time>(fail(Reject::usage));
      if (!named) return refuse({Reject::usage, "--at of another form", "2026-11-21T12:00:00Z"});
      at = *named;
      continue;
    }
    words.push_back(word);
  }
  if (words.size() < 2 || words[0] != "attest")
    return refuse({Reject::usage, "", "attest list, make or suite", "glovebox-testbed --help says what there is"});
  const bool list = words[1] == "list" && words.size() <= 3;
  const std::string prefix = (list && words.size() == 3) || (words[1] == "make" && words.size() == 4) ? words[2] : "";
  const auto suite = testroots::make_suite(at, prefix);
  Status done;
  if (list) {
    for (const auto& one : suite.cases)
      if (one.name.starts_with(prefix))
        std::printf("%-44s %-28s %s\n", one.name.c_str(), one.expected.c_str(), one.why.c_str());
  } else if (words[1] == "make" && words.size() == 4) {
    done = make_one(suite, words[2], words[3]);
  } else if (words[1] == "suite" && words.size() == 3) {
    done = testroots::write_suite(words[2], suite);
  } else {
    done = fail(Reject::usage, "attest " + words[1], "attest list, make or suite",
                "glovebox-testbed --help says what there is");
  }
  return done ? 0 : refuse(done.error());
}
