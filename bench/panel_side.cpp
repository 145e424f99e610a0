// layers: genome scan
// panel_side MODE THREADS FILE PANEL: one side of a comparison, a whole process that prints a person's dosages at a
// panel's sites, as bcftools query does. bench/rows/genome.py runs it beside its peers.
//
//   scan     the whole file is read
//   pick     only the blocks that the sites need, by FILE.tbi if there is one
//
// Prints a line for each site, then {"records":, "hits":, "sum":, "way":, "reading":, "reading_cpu":}: hits are sites
// with the panel's alleles, the sum is of their dosages; the last two are seconds, without the panel's own reading.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

#include "panel.h"
#include "scan/extraction.h"
#include "scan/picked.h"

namespace {

using namespace glovebox;
using bench::panel_of;

[[noreturn]] void stop(const Error& error) {
  std::fprintf(stderr, "panel_side: %s\n", describe(error).c_str());
  std::exit(1);
}

// File reads at any place, as a sender's own file is read.
class File final : public scan::Source {
 public:
  explicit File(const char* path) : descriptor_(open(path, O_RDONLY | O_CLOEXEC)) {
    struct stat about = {};
    if (descriptor_ >= 0 && fstat(descriptor_, &about) == 0) size_ = static_cast<std::uint64_t>(about.st_size);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() override {
    if (descriptor_ >= 0) close(descriptor_);
  }
  bool is_open() const { return descriptor_ >= 0; }
  std::uint64_t size() const override { return size_; }
  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t got = pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
      if (got < 0) return fail(Reject::file_unreadable, "a read that failed");
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

 private:
  int descriptor_;
  std::uint64_t size_ = 0;
};

genome::Options options() {
  return {.build = genome::Build::grch38, .rules = {.absence = genome::Absence::missing}};
}

Result<genome::Extracted> scanned(const char* path, const genome::Panel& panel, unsigned threads) {
  File file(path);
  if (!file.is_open()) return fail(Reject::file_unreadable, path);
  scan::Extraction extraction(panel, options(), {.threads = threads});
  Bytes piece(std::size_t{128} << 10);  // stays in the cache
  for (std::uint64_t at = 0; at < file.size(); at += piece.size()) {
    GLOVEBOX_TRY(got, file.read_at(at, piece));
    GLOVEBOX_CHECK(extraction.feed(View(piece).first(got)));
  }
  return extraction.finish();
}

Result<genome::Extracted> picked(const char* path, const genome::Panel& panel, unsigned threads, std::string& way) {
  File file(path), index((std::string(path) + ".tbi").c_str());
  if (!file.is_open()) return fail(Reject::file_unreadable, path);
  GLOVEBOX_TRY(found, scan::pick(file, index.is_open() ? &index : nullptr, panel, options()));
  way = name(found.way);
  if (!found.extracted) return scanned(path, panel, threads);
  return std::move(*found.extracted);
}

void print(const genome::Panel& panel, const genome::Extracted& extracted, const std::string& way, double seconds,
           double processor) {
  const genome::Dosages& dosages = extracted.dosages;
  std::string out;
  out.reserve(panel.size() * 32);
  const auto add = [&out](std::uint64_t number) {
    std::array<char, 20> digits{};
    out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr);
  };
  unsigned long long hits = 0, sum = 0;
  for (std::size_t i = 0; i < panel.size(); ++i) {
    const genome::Site& site = panel.site(i);
    (out += genome::name(site.chromosome)) += '\t';
    add(site.position);
    (((out += '\t') += site.other_allele) += '\t') += site.effect_allele;
    const auto dosage = dosages.dosage[i];
    if (dosage == genome::missing_dosage) {
      out += "\t.\n";
      continue;
    }
    out += '\t';
    add(static_cast<std::uint64_t>(dosage / genome::dosage_unit));
    out += '\n';
    ++hits;
    sum += static_cast<unsigned long long>(dosage / genome::dosage_unit);
  }
  std::fwrite(out.data(), 1, out.size(), stdout);
  std::printf(
      "{\"records\": %llu, \"hits\": %llu, \"sum\": %llu, \"way\": \"%s\", \"reading\": %.6f, \"reading_cpu\": %.6f}\n",
      static_cast<unsigned long long>(extracted.records), hits, sum, way.c_str(), seconds, processor);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const std::string_view mode = arguments[1];
  const auto panel = panel_of(arguments[4]);
  if (!panel) stop(panel.error());
  std::string way = "whole-file";
  const auto threads = static_cast<unsigned>(std::atoi(arguments[2]));
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t clock = std::clock();
  const auto extracted = mode == "pick"   ? picked(arguments[3], *panel, threads, way)
                         : mode == "scan" ? scanned(arguments[3], *panel, threads)
                                          : fail(Reject::usage, std::string(mode), "scan or pick");
  if (!extracted) stop(extracted.error());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  print(*panel, *extracted, way, took.count(), static_cast<double>(std::clock() - clock) / CLOCKS_PER_SEC);
  return 0;
}
