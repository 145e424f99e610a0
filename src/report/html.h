// html.h: a checked result as one page: no script, nothing from elsewhere, fit to print.
#pragma once
#include "report/text.h"

namespace glovebox::report {

// Entry is one person's part of the page.
struct Entry {
  result::Report report;
  Proof proof;
};

// to_html writes the page; each row of each entry is a section.
std::string to_html(const std::vector<Entry>& entries, const std::string& written_at);

}  // namespace glovebox::report
