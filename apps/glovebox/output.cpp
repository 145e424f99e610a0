#include "glovebox/output.h"

#include <unistd.h>

#include <cstdio>

#include "common/report.h"

namespace glovebox::app {
namespace {
bool json_wanted = false;
bool quiet_wanted = false;

std::string line_of(const std::string& text) {
  return apps::printable(text, "\n\t") + "\n";
}
}  // namespace

void set_output(bool json, bool quiet) {
  json_wanted = json;
  quiet_wanted = quiet;
}
bool json_output() {
  return json_wanted;
}
bool quiet_output() {
  return quiet_wanted;
}

int report_error(const std::string& program, const Error& error, Sent sent) {
  const apps::Reporter reporter{.program = program,
                                .json = json_wanted,
                                .sent = sent == Sent::sealed ? "sealed" : "nothing",
                                .says_sent = sent != Sent::unsaid};
  return reporter.error(error);
}

void note(const std::string& text) {
  if (!quiet_wanted) std::fputs(line_of(text).c_str(), stderr);
}

void say(const std::string& text) {
  std::fputs(line_of(text).c_str(), stdout);
  std::fflush(stdout);
}

std::string human(std::uint64_t bytes) {
  const char* const units[] = {"B", "kB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < std::size(units)) {
    value /= 1000;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

void Progress::at(std::uint64_t done, std::uint64_t total) {
  if (quiet_wanted || ::isatty(STDERR_FILENO) == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (done < total && now - drawn_ < std::chrono::milliseconds(100)) return;
  drawn_ = now;
  const double fraction = total == 0 ? 1.0 : static_cast<double>(done) / static_cast<double>(total);
  const double seconds = std::chrono::duration<double>(now - start_).count();
  constexpr std::size_t width = 28;
  const auto filled = static_cast<std::size_t>(fraction * width);
  const std::string rate =
      seconds > 0.2 ? human(static_cast<std::uint64_t>(static_cast<double>(done) / seconds)) + "/s" : "";
  char text[200];
  std::snprintf(text, sizeof text, "\r\033[K%s  [%s%s]  %3.0f %%  %s", what_.c_str(), std::string(filled, '#').c_str(),
                std::string(width - filled, '.').c_str(), fraction * 100, rate.c_str());
  std::fputs(text, stderr);
  visible_ = true;
}

void Progress::clear() {
  if (visible_) std::fputs("\r\033[K", stderr);
  visible_ = false;
}

void Progress::finish(const std::string& words) {
  clear();
  note(words);
}

Progress::~Progress() {
  clear();
}
}  // namespace glovebox::app
