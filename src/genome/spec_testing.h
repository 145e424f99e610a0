// spec_testing.h: whole files, every record of them, read as strictly as a score would read them.
#pragma once
#include "genome/genome_testing.h"
#include "genome/place.h"

namespace glovebox::genome::test {

// read_all reads every record for every sample, as strictly as a score would.
inline Result<std::uint64_t> read_all(View file, bool sorted = true) {
  Header header;
  SortedRuns runs;
  std::uint64_t records = 0;
  VcfStream stream(
      {.header = [&](const Line&, Header read) -> Status {
         header = std::move(read);
         return {};
       },
       .body = [&](const Line& line) -> Status {
         ++records;
         GLOVEBOX_TRY(
             first, parse_record(line, header, header.samples.empty() ? std::nullopt : std::optional<std::size_t>(0)));
         if (sorted) GLOVEBOX_CHECK(runs.next(first));
         // All samples of small files; of cohorts every 97th, which is enough to see the form.
         for (std::size_t s = 1; s < header.samples.size(); s += header.samples.size() > 50 ? 97 : 1)
           GLOVEBOX_CHECK(parse_record(line, header, s));
         return {};
       }});
  GLOVEBOX_CHECK(stream.feed(file));
  GLOVEBOX_CHECK(stream.finish());
  return records;
}

inline std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, std::string_view extension) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().string().ends_with(extension)) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

}  // namespace glovebox::genome::test
