// chromosome.h: a human chromosome under the names that files give it: "22", "chr22", "NC_000022.11".
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glovebox::genome {

// Chromosome is 1 to 22, or 23 (X), 24 (Y), 25 (MT).
struct Chromosome {
  std::uint8_t number = 0;

  bool is_autosome() const { return number >= 1 && number <= 22; }
  auto operator<=>(const Chromosome&) const = default;
};
constexpr Chromosome chromosome_x{23};
constexpr Chromosome chromosome_y{24};
constexpr Chromosome chromosome_mt{25};
constexpr std::size_t chromosomes_end = 26;  // numbers are below this

// name writes it without prefix: "1", "X", "MT".
std::string name(Chromosome chromosome);
// chromosome_of reads a contig's name, with or without "chr" (any case), M or MT, PLINK's 23, 24 and 26, or a RefSeq
// accession; nothing for decoys, patches, alternate contigs, HLA and whatever else is no primary chromosome.
std::optional<Chromosome> chromosome_of(std::string_view contig);
// refseq_version returns N of "NC_0000xx.N", which tells the build; nothing for other names.
std::optional<unsigned> refseq_version(std::string_view contig);

}  // namespace glovebox::genome
