// reference_alleles.h: which of a site's two alleles the reference genome has, looked up when a bundle is made. Scoring
// files do not say it, and without it a site that a genome's file leaves out can never be taken as homozygous
// reference.
//
// Two kinds of file can tell, both streamed, plain or compressed, without an index:
// - FASTA: the sequence. It settles sites whose alleles have one length. An insertion and a deletion of the same bases
//   look alike in it, so that the others stay unknown unless only the shorter allele fits.
// - VCF (dbSNP, a reference panel; samples are not read): REF of a record with the site's alleles, or, for single
// bases,
//   of any record at the position.
// A site without its other allele stays unknown: "A" may be a base, or what is left of a deleted "AT".
#pragma once
#include <memory>
#include <span>

#include "base/bytes.h"
#include "genome/sites.h"

namespace glovebox::bundle {

struct ReferenceCounts {
  std::size_t known = 0;    // sites whose reference allele was found
  std::size_t unknown = 0;  // sites of which the file does not tell
  std::size_t neither = 0;  // of these, single bases where the reference has neither allele
};

class ReferenceReader {
 public:
  // The sites must outlive the reader; finish sets their `reference`.
  ReferenceReader(genome::Build build, std::vector<genome::Site*> sites);
  ~ReferenceReader();
  ReferenceReader(const ReferenceReader&) = delete;
  ReferenceReader& operator=(const ReferenceReader&) = delete;

  // feed takes the next piece of the file. type_unsupported for neither FASTA nor VCF, model_malformed for a damaged
  // one, and what the inflater refuses. The first error sticks.
  Status feed(View piece);
  // finish: build_doubtful if more than one site in ten has neither of its alleles in the reference, or a FASTA's
  // chromosome is not as long as the build's.
  Result<ReferenceCounts> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::bundle
