// layers: genome scan
// cohort_side FILE PANEL: one side of a comparison, a whole process that reads everybody's dosages at a panel's sites
// out of a VCF of many samples. bench/rows/genome.py runs it beside its peer.
//
// Prints {"records":, "hits":, "sum":}: hits are sites where somebody has a dosage, the sum is of all people's.
#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cstdio>

#include "panel.h"
#include "scan/cohort.h"

namespace {

using namespace glovebox;
using bench::panel_of;

[[noreturn]] void stop(const Error& error) {
  std::fprintf(stderr, "cohort_side: %s\n", describe(error).c_str());
  std::exit(1);
}

Result<scan::People> read(const char* path, const genome::Panel& panel) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return fail(Reject::file_unreadable, path);
  scan::Cohort cohort(panel, {.build = genome::Build::grch38, .rules = {.absence = genome::Absence::missing}});
  Bytes piece(std::size_t{128} << 10);  // stays in the cache
  for (;;) {
    const ssize_t got = ::read(file, piece.data(), piece.size());
    if (got < 0) return fail(Reject::file_unreadable, path);
    if (got == 0) break;
    GLOVEBOX_CHECK(cohort.feed(View(piece).first(static_cast<std::size_t>(got))));
  }
  close(file);
  return cohort.finish();
}

unsigned long long ones(std::uint64_t word) {
  return static_cast<unsigned long long>(std::popcount(word));
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const auto panel = panel_of(arguments[2]);
  if (!panel) stop(panel.error());
  const auto people = read(arguments[1], *panel);
  if (!people) stop(people.error());
  const auto planes = people->planes();
  if (!planes) stop(planes.error());
  unsigned long long hits = 0, sum = 0;
  for (std::size_t site = 0; site < people->sites(); ++site) {
    unsigned long long missing = 0;
    for (std::size_t i = site * planes->stride; i < (site + 1) * planes->stride; ++i) {
      missing += ones(planes->lo[i] & planes->hi[i]);
      sum += ones(planes->lo[i] & ~planes->hi[i]) + 2 * ones(planes->hi[i] & ~planes->lo[i]);
    }
    hits += missing < people->size() ? 1 : 0;
  }
  std::printf("{\"records\": %llu, \"hits\": %llu, \"sum\": %llu}\n",
              static_cast<unsigned long long>(people->records()), hits, sum);
  return 0;
}
