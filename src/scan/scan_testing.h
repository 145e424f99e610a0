// scan_testing.h: random VCFs as callers write them, and ways to damage them, for comparing readers.
#pragma once
#include <random>

#include "genome/genome_testing.h"
#include "scan/extraction.h"

namespace glovebox::scan::test {
using namespace glovebox::genome::test;
using genome::Extracted;
using Random = std::mt19937_64;

inline std::size_t below(Random& random, std::size_t end) {
  return static_cast<std::size_t>(random() % end);
}
inline bool one_in(Random& random, std::size_t n) {
  return below(random, n) == 0;
}
template <class T>
const T& one_of(Random& random, const std::vector<T>& list) {
  return list[below(random, list.size())];
}

// Case is a file, a panel that asks for some of what it says, and how it is to be read.
struct Case {
  std::string text;
  std::vector<genome::Site> sites;
  genome::Options options;
};

// Mostly says what rows a random file has. Usual ones are those of one person's whole genome, that a reader may have a
// shorter way for: one ALT of one base, a FORMAT that stays, an INFO of a hundred bytes or so; read by the plainest
// rules.
enum class Mostly : std::uint8_t { anything, usual };

// random_case makes a file of up to some 150 rows of one or several samples: SNVs, indels, deletions over sites,
// several ALTs, reference blocks, symbolic alleles, breakends, DS and GP, FT, qualities, X, contigs in any order.
Case random_case(Random& random, Mostly mostly = Mostly::anything);
// damage changes a few bytes, or moves, doubles or cuts lines and columns.
std::string damage(Random& random, std::string text);

// panel_of asks for some of what a file says: the first ALT of every third row, as far as `most`, and, where asked to,
// the place beside it.
genome::Panel panel_of(View file, std::size_t most, bool beside);

// say writes all that a reader found, or the reason why it refused.
std::string say(const Result<Extracted>& got);
// in_form packs a text: as it is, as gzip, or as BGZF of random blocks.
Bytes in_form(Random& random, const std::string& text);

template <class Reader>
auto read_in_pieces(Reader& reader, View file, Random& random) {
  const std::size_t most = one_of<std::size_t>(random, {1, 7, 100, 5000, std::size_t{1} << 20});
  while (!file.empty()) {
    const std::size_t take = std::min(file.size(), 1 + below(random, most));
    if (!reader.feed(file.first(take))) break;
    file = file.subspan(take);
  }
  return reader.finish();
}

}  // namespace glovebox::scan::test
