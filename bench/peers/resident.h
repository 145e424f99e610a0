// resident.h: a program that stays loaded while bench/contest.py times it and its rivals by turns. It answers lines on
// stdin: `run N` does the work N times and prints the seconds that took; `answers FILE` writes what it computes.
#pragma once
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <vector>

namespace bench {

inline std::vector<char> bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) {
    std::cerr << path << " cannot be read\n";
    std::exit(1);
  }
  std::vector<char> out(static_cast<std::size_t>(in.tellg()));
  in.seekg(0).read(out.data(), static_cast<std::streamsize>(out.size()));
  return out;
}

template <class T>
std::vector<T> values_of(const std::string& path) {
  const std::vector<char> bytes = bytes_of(path);
  std::vector<T> out(bytes.size() / sizeof(T));
  std::copy_n(bytes.data(), out.size() * sizeof(T), reinterpret_cast<char*>(out.data()));
  return out;
}

// serve: work() is one unit of what is timed; answers() gives one margin for each row, computed in the same way.
template <class Work, class Answers>
int serve(Work&& work, Answers&& answers) {
  std::cout << "ready" << std::endl;
  for (std::string word; std::cin >> word;) {
    if (word == "run") {
      std::uint64_t times = 0;
      std::cin >> times;
      const auto start = std::chrono::steady_clock::now();
      for (std::uint64_t i = 0; i < times; ++i) work();
      const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
      std::cout << std::scientific << took.count() << std::endl;
    } else if (word == "answers") {
      std::string path;
      std::cin >> path;
      const std::span<const float> margins = answers();
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(margins.data()), static_cast<std::streamsize>(margins.size_bytes()));
      std::cout << "written" << std::endl;
    }
  }
  return 0;
}

// Shape is `batch`: all rows in one call, or `single`: one row a call, each time the next.
inline bool is_batch(const std::string& shape) {
  if (shape != "batch" && shape != "single") {
    std::cerr << shape << ": batch or single\n";
    std::exit(2);
  }
  return shape == "batch";
}

}  // namespace bench
