// replay_main.cpp: runs a fuzz target over its seeds and over the empty input, without libFuzzer. A crash ends the
// program before its result file is written, which the test summary counts as a failure; the last line on stderr names
// the seed.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s NAME CORPUS RESULT.json\n", argv[0]);
    return 2;
  }
  const std::string name = argv[1];
  std::vector<std::filesystem::path> seeds;
  if (std::filesystem::is_directory(argv[2])) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[2])) {
      if (entry.is_regular_file()) seeds.push_back(entry.path());
    }
  }
  std::ranges::sort(seeds);
  LLVMFuzzerTestOneInput(nullptr, 0);
  for (const auto& path : seeds) {
    std::fprintf(stderr, "%s\n", path.c_str());
    std::ifstream in(path, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    // A copy of exactly that size, so that a sanitizer sees a read past its end.
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  const std::string reason = seeds.empty() ? ", \"failures\": [{\"failure\": \"there is no seed in its corpus\"}]" : "";
  std::ofstream out(argv[3]);
  out << "{\"tests\": 1, \"testsuites\": [{\"name\": \"replay\", \"testsuite\": [{\"name\": \"" << name
      << "\", \"classname\": \"replay\", \"status\": \"RUN\", \"result\": \"COMPLETED\"" << reason << "}]}]}\n";
  out.close();
  std::fprintf(stderr, "%zu seeds replayed\n", seeds.size());
  return out && !seeds.empty() ? 0 : 1;
}
