// The proof of the constant trace, with valgrind as the witness. memcheck follows every bit that comes from an
// undefined one, and reports a jump or an address that depends on one: so a secret that is marked undefined may reach
// no jump and no address. lackey writes down every instruction and every access with its address: the same for every
// input. Engines that leak on purpose must be caught by both.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>

#include "markers.h"
#include "support.h"

namespace glovebox::trace {
namespace {

std::string valgrind() {
  for (const char* path : {"/usr/bin/valgrind", "/usr/local/bin/valgrind"})
    if (std::filesystem::exists(path)) return path;
  return "";
}
#define NEEDS_VALGRIND                                                         \
  if (valgrind().empty()) GTEST_SKIP() << "needs valgrind, which is not here"; \
  if (!std::filesystem::exists(GLOVEBOX_TRACE_SUBJECT)) GTEST_SKIP() << "needs trace_subject, which was not built"

bool exhaustive() {
  return std::getenv("GLOVEBOX_EXHAUSTIVE") != nullptr;
}

class Lines {
 public:
  explicit Lines(const std::string& command) : pipe_(popen(command.c_str(), "r")) {}
  ~Lines() {
    if (pipe_ != nullptr) pclose(pipe_);
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  // Calls `line` with each line, without its end; false if the program failed.
  template <class F>
  bool each(F line) {
    if (pipe_ == nullptr) return false;
    std::string rest;
    std::vector<char> block(1 << 20);
    for (std::size_t n; (n = std::fread(block.data(), 1, block.size(), pipe_)) > 0;) {
      std::string_view left(block.data(), n);
      for (std::size_t end; (end = left.find('\n')) != std::string_view::npos; left.remove_prefix(end + 1)) {
        if (rest.empty()) {
          line(left.substr(0, end));
        } else {
          rest += left.substr(0, end);
          line(std::string_view(rest));
          rest.clear();
        }
      }
      rest += left;
    }
    const int status = pclose(pipe_);
    pipe_ = nullptr;
    return status == 0;
  }

 private:
  FILE* pipe_;
};

std::vector<std::string> cells(std::string_view line) {
  std::istringstream in{std::string(line)};
  std::vector<std::string> out;
  for (std::string cell; std::getline(in, cell, '\t');) out.push_back(cell);
  return out;
}

TEST(ConstantTrace, NoJumpAndNoAddressDependsOnASecret) {
  NEEDS_VALGRIND;
  const std::string command = valgrind() +
                              " --quiet --error-limit=no --log-file=/dev/null " GLOVEBOX_TRACE_SUBJECT " secret " +
                              (exhaustive() ? "200" : "8");
  std::size_t constant = 0, leaky = 0;
  const bool ran = Lines(command).each([&](std::string_view line) {
    const auto c = cells(line);
    ASSERT_EQ(c.size(), 4U) << line;
    EXPECT_EQ(c[3], "right") << c[0];
    if (c[1] == "constant") {
      EXPECT_EQ(c[2], "0") << c[0] << ": memcheck saw it depend on the secret";
      ++constant;
    } else {
      EXPECT_NE(c[2], "0") << c[0] << ": leaks, and was not caught";
      ++leaky;
    }
  });
  EXPECT_TRUE(ran);
  EXPECT_GE(constant, 19U);
  EXPECT_EQ(leaky, 6U);
}

TEST(ConstantTrace, InstructionsAndAddressesAreTheSameForEveryInput) {
  NEEDS_VALGRIND;
  struct Run {
    std::uint64_t hash = 0;
    std::uint64_t instructions = 0;
    auto operator<=>(const Run&) const = default;
  };
  char begin[32], end[32];
  std::snprintf(begin, sizeof begin, " S %08lx,8", static_cast<unsigned long>(marker_begin));
  std::snprintf(end, sizeof end, " S %08lx,8", static_cast<unsigned long>(marker_end));
  std::vector<Run> runs;
  std::vector<std::vector<std::string>> said;
  Run now;
  bool inside = false;
  const bool ran =
      Lines(valgrind() + " --quiet --tool=lackey --trace-mem=yes --log-fd=1 " GLOVEBOX_TRACE_SUBJECT " trace " +
            (exhaustive() ? "20000" : "1000"))
          .each([&](std::string_view line) {
            if (line == begin) {
              now = {};
              inside = true;
            } else if (line == end) {
              if (inside) runs.push_back(now);
              inside = false;
            } else if (inside) {
              now.instructions += line.starts_with("I ");
              now.hash = (now.hash ^ std::hash<std::string_view>{}(line)) * 0x9e3779b97f4a7c15;
              now.hash ^= now.hash >> 29;
            } else if (line.find('\t') != std::string_view::npos) {
              said.push_back(cells(line));
            }
          });
  EXPECT_TRUE(ran);
  std::size_t at = 0, constant = 0, leaky = 0;
  for (const auto& c : said) {
    ASSERT_EQ(c.size(), 3U);
    const std::size_t count = std::stoul(c[2]);
    ASSERT_LE(at + count, runs.size());
    std::map<Run, std::size_t> different;
    for (std::size_t i = 0; i < count; ++i) ++different[runs[at + i]];
    at += count;
    if (c[1] == "constant") {
      EXPECT_EQ(different.size(), 1U) << c[0] << ": different traces in " << count << " runs";
      EXPECT_GT(different.begin()->first.instructions, 10U) << c[0];
      ++constant;
    } else {
      EXPECT_GT(different.size(), 1U) << c[0] << ": leaks, and all traces are the same";
      ++leaky;
    }
    std::cout << c[0] << ": " << count << " runs, " << different.begin()->first.instructions << " instructions, "
              << different.size() << (different.size() == 1 ? " trace\n" : " traces\n");
  }
  EXPECT_EQ(at, runs.size());
  EXPECT_GE(constant, 19U);
  EXPECT_EQ(leaky, 6U);
}

}  // namespace
}  // namespace glovebox::trace
