// cut.h: one sample's column out of a VCF of many, as text. Runs on the sender's machine, so that other people's
// columns never leave it. Everything else stays byte for byte, line ends included.
#pragma once
#include "genome/stream.h"

namespace glovebox::genome {

class SampleCutter {
 public:
  using Sink = std::function<Status(View text)>;

  // `sample` names the one to keep; without it the file must have just one. Limits bound the file as a whole, with all
  // its samples; a cohort may inflate further than a person's file.
  SampleCutter(std::optional<std::string> sample, Sink sink, Limits limits);
  SampleCutter(const SampleCutter&) = delete;
  SampleCutter& operator=(const SampleCutter&) = delete;
  // for_cohorts are limits for a sender's own file, which need not be defended against.
  static Limits for_cohorts();

  // Errors are those of VcfStream and Header::sample_index, and vcf_malformed for a line with another number of
  // columns.
  Status feed(View piece);
  Status finish();

 private:
  Status cut(const Line& line, std::size_t columns);
  Status write(std::string_view text);
  std::optional<std::string> wanted_;
  Sink sink_;
  std::size_t columns_ = 0;  // in the file
  std::size_t sample_ = 0;
  std::string line_;
  VcfStream stream_;
};

}  // namespace glovebox::genome
