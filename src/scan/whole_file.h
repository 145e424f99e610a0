// whole_file.h: a whole VCF, compressed or not, in pieces, into the rows that someone has to look at. BGZF is inflated
// block by block, by several threads where asked for.
#pragma once
#include "scan/row_scan.h"
#include "scan/workers.h"

namespace glovebox::scan {

// Resources are what a reader may use.
struct Resources {
  // With more than one, BGZF is inflated and gone over by so many at once, the caller's thread among them.
  std::size_t threads = 1;
  // The other threads, where they are there already (`threads` says nothing then); they outlive the reader.
  Workers* workers = nullptr;
  Instructions instructions = Instructions::best;
};

class WholeFile {
 public:
  // The panel and the sink must outlive it. The sink is called by the caller's thread alone.
  WholeFile(const genome::Panel& panel, const genome::Options& options, const Resources& resources, RowSink& sink);
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;
  ~WholeFile();

  // feed takes the next piece. The first error sticks; they are those of genome::VcfStream and of the sink.
  Status feed(View piece);
  // finish ends the file.
  Status finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::scan
