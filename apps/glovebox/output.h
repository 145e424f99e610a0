// output.h: how `glovebox` speaks. Results go to standard output, everything else to standard error. With --json there
// is exactly one object on standard output, for errors too.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace glovebox::app {

// Sent answers the question a person with a genome has when something fails.
enum class Sent { unsaid, nothing, sealed };

void set_output(bool json, bool quiet);
bool json_output();
bool quiet_output();

// report_error prints an error with found, expected, hint and what was sent, and returns the exit status of its kind.
int report_error(const std::string& program, const Error& error, Sent sent);

// note prints a line to standard error unless --quiet. Neither it nor say lets a control character through: names of
// samples, models and versions are written by others.
void note(const std::string& text);
// say prints a line to standard output.
void say(const std::string& text);

// Progress draws one line on a terminal, "sealing and sending  [#####     ]  42 %  12.1 MB/s", redrawn at most ten
// times a second; off a terminal it is silent but for its last line.
class Progress {
 public:
  explicit Progress(std::string what) : what_(std::move(what)), start_(std::chrono::steady_clock::now()) {}
  void at(std::uint64_t done, std::uint64_t total);
  void finish(const std::string& words);  // replaces the line
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void clear();
  std::string what_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_{};
  bool visible_ = false;
};

// human writes a number of bytes as a person would: "12.1 MB".
std::string human(std::uint64_t bytes);

}  // namespace glovebox::app
