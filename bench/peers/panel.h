// panel.h: the sites of a model as bench/inputs/make_vcf writes them, for the peers: looked up by chromosome and
// position.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

namespace peers {

struct Site {
  std::int64_t position = 0;  // 1-based
  std::string ref, alt;
  std::size_t number = 0;  // in the panel's order
};

// Panel has each chromosome's sites in order of position.
struct Panel {
  std::unordered_map<std::string, std::vector<Site>> by_chromosome;
  std::size_t size = 0;

  explicit Panel(const char* path) {
    std::ifstream in(path);
    std::string line, chromosome;
    while (std::getline(in, line)) {
      std::istringstream fields(line);
      Site site;
      if (!(fields >> chromosome >> site.position >> site.ref >> site.alt)) continue;
      site.number = size++;
      by_chromosome[chromosome].push_back(std::move(site));
    }
    if (size == 0) {
      std::fprintf(stderr, "%s: no sites\n", path);
      std::exit(1);
    }
  }
};

// Walk steps through one file's records in order, beside the sites.
class Walk {
 public:
  explicit Walk(const Panel& panel) : panel_(panel) {}
  void chromosome(const std::string& name) {
    const auto found = panel_.by_chromosome.find(name);
    sites_ = found == panel_.by_chromosome.end() ? nullptr : &found->second;
    next_ = 0;
  }
  // at is the site at this position; null if there is none.
  const Site* at(std::int64_t position) {
    if (sites_ == nullptr) return nullptr;
    while (next_ < sites_->size() && (*sites_)[next_].position < position) ++next_;
    return next_ < sites_->size() && (*sites_)[next_].position == position ? &(*sites_)[next_] : nullptr;
  }

 private:
  const Panel& panel_;
  const std::vector<Site>* sites_ = nullptr;
  std::size_t next_ = 0;
};

}  // namespace peers
