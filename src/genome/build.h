// build.h: which genome build positions are on. A score on the wrong build is a score of other sites, so the declared
// build is checked against whatever the file tells: contig lengths, RefSeq versions, positions beyond a chromosome's
// end.
#pragma once
#include "genome/chromosome.h"
#include "genome/header.h"

namespace glovebox::genome {

enum class Build : std::uint8_t { grch37, grch38 };

std::string_view name(Build build);  // "GRCh37", "GRCh38"
std::optional<Build> build_from_name(std::string_view name);
// length_of is the chromosome's length in bases in that build's primary assembly.
std::uint64_t length_of(Build build, Chromosome chromosome);

// BuildStanding says how the build became known.
enum class BuildStanding : std::uint8_t {
  checked,               // declared, and at least one contig has exactly this build's length or RefSeq version
  declared_not_checked,  // declared, and the header does not tell
  from_header            // not declared; the header's lengths are exactly this build's
};
std::string_view name(BuildStanding standing);  // "checked", "declared, not checked", "from the header"

// check_build decides whether the file may be read with a model on `wanted`. build_mismatch: another build was
// declared, a contig is longer than the build's or exactly as long as another assembly's (NCBI36 and T2T-CHM13 too), or
// has another RefSeq version. build_unknown: none was declared and no length is exactly one build's.
Result<BuildStanding> check_build(const Header& header, std::optional<Build> declared, Build wanted);
// check_contig refuses a contig whose RefSeq version is another build's.
Status check_contig(std::string_view contig, Build build);
// fits says whether a position lies on the chromosome; a telomere may stand one beyond the last base (VCF 4.5, POS).
bool fits(Build build, Chromosome chromosome, std::uint64_t position);

}  // namespace glovebox::genome
