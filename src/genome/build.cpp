#include "genome/build.h"

#include <array>

#include "genome/place.h"

namespace glovebox::genome {
namespace {
using Lengths = std::array<std::uint32_t, 24>;  // 1 to 22, X, Y

// From the assemblies' own sequence reports (NCBI GCF_000001405.25, GCF_000001405.40, GCF_000001405.12,
// GCF_009914755.1).
constexpr Lengths grch37 = {249250621, 243199373, 198022430, 191154276, 180915260, 171115067, 159138663, 146364022,
                            141213431, 135534747, 135006516, 133851895, 115169878, 107349540, 102531392, 90354753,
                            81195210,  78077248,  59128983,  63025520,  48129895,  51304566,  155270560, 59373566};
constexpr Lengths grch38 = {248956422, 242193529, 198295559, 190214555, 181538259, 170805979, 159345973, 145138636,
                            138394717, 133797422, 135086622, 133275309, 114364328, 107043718, 101991189, 90338345,
                            83257441,  80373285,  58617616,  64444167,  46709983,  50818468,  156040895, 57227415};
constexpr Lengths ncbi36 = {247249719, 242951149, 199501827, 191273063, 180857866, 170899992, 158821424, 146274826,
                            140273252, 135374737, 134452384, 132349534, 114142980, 106368585, 100338915, 88827254,
                            78774742,  76117153,  63811651,  62435964,  46944323,  49691432,  154913754, 57772954};
constexpr Lengths chm13 = {248387328, 242696752, 201105948, 193574945, 182045439, 172126628, 160567428, 146259331,
                           150617247, 134758134, 135127769, 133324548, 113566686, 101161492, 99753195,  96330374,
                           84276897,  80542538,  61707364,  66210255,  45090682,  51324926,  154259566, 62460029};
constexpr std::uint32_t mt_length = 16569;  // the revised Cambridge sequence, in both builds

// RefSeq versions of NC_000001 to NC_000024 in GRCh37; GRCh38's are each one higher.
constexpr std::array<unsigned, 24> refseq37 = {10, 11, 11, 11, 9,  11, 13, 10, 11, 10, 9,  11,
                                               10, 8,  9,  9,  10, 9,  9,  10, 8,  10, 10, 9};

struct Assembly {
  std::string_view name;
  const Lengths* lengths;
};
constexpr auto assemblies =
    std::to_array<Assembly>({{"GRCh37", &grch37}, {"GRCh38", &grch38}, {"NCBI36", &ncbi36}, {"T2T-CHM13v2.0", &chm13}});

const Assembly& assembly(Build build) {
  return assemblies.at(static_cast<std::size_t>(build));
}
std::size_t slot(Chromosome chromosome) {
  return chromosome.number - std::size_t{1};
}

std::unexpected<Error> mismatch(std::string found, Build build) {
  return fail(Reject::build_mismatch, std::move(found), std::string(name(build)),
              "say the build the file was made on, and use a model for that build; positions are not lifted over");
}

// exactly names the assembly in which the chromosome has exactly this length.
std::optional<std::size_t> exactly(Chromosome chromosome, std::uint64_t length) {
  for (std::size_t i = 0; i < assemblies.size(); ++i)
    if ((*assemblies[i].lengths)[slot(chromosome)] == length) return i;
  return std::nullopt;
}
}  // namespace

std::string_view name(Build build) {
  return assembly(build).name;
}

std::optional<Build> build_from_name(std::string_view text) {
  if (text == "GRCh37") return Build::grch37;
  if (text == "GRCh38") return Build::grch38;
  return std::nullopt;
}

std::string_view name(BuildStanding standing) {
  switch (standing) {
    case BuildStanding::checked:
      return "checked";
    case BuildStanding::declared_not_checked:
      return "declared, not checked";
    case BuildStanding::from_header:
      return "from the header";
  }
  return "";
}

std::uint64_t length_of(Build build, Chromosome chromosome) {
  return chromosome == chromosome_mt ? mt_length : assembly(build).lengths->at(slot(chromosome));
}

bool fits(Build build, Chromosome chromosome, std::uint64_t position) {
  if (chromosome == chromosome_mt)
    return true;  // hg19's chrM is another sequence, two bases longer; nothing is read from MT
  return position <= length_of(build, chromosome) + 1;
}

Status check_contig(std::string_view contig, Build build) {
  const auto version = refseq_version(contig);
  const auto chromosome = chromosome_of(contig);
  if (!version || !chromosome) return {};
  const unsigned wanted = refseq37.at(slot(*chromosome)) + (build == Build::grch38 ? 1U : 0U);
  if (*version != wanted) return mismatch("contig " + quote(contig), build);
  return {};
}

Result<BuildStanding> check_build(const Header& header, std::optional<Build> declared, Build wanted) {
  if (declared && *declared != wanted) return mismatch("declared " + std::string(name(*declared)), wanted);
  bool confirmed = false;
  for (const Contig& contig : header.contigs) {
    GLOVEBOX_CHECK(check_contig(contig.name, wanted));
    const auto chromosome = chromosome_of(contig.name);
    if (!chromosome || *chromosome == chromosome_mt) continue;
    if (refseq_version(contig.name)) confirmed = true;
    if (!contig.length) continue;
    const std::uint64_t length = *contig.length;
    if (length == length_of(wanted, *chromosome)) {
      confirmed = true;
      continue;
    }
    const std::string found = "contig " + quote(contig.name) + " has " + std::to_string(length) + " bases";
    if (const auto other = exactly(*chromosome, length))
      return mismatch(found + ", as in " + std::string(assemblies[*other].name), wanted);
    if (length > length_of(wanted, *chromosome))
      return mismatch(found + ", more than the build's " + std::to_string(length_of(wanted, *chromosome)), wanted);
  }
  if (declared) return confirmed ? BuildStanding::checked : BuildStanding::declared_not_checked;
  if (confirmed) return BuildStanding::from_header;
  return fail(Reject::build_unknown, "no contig length that is exactly one build's",
              "--build GRCh37 or --build GRCh38");
}
}  // namespace glovebox::genome
