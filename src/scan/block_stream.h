// block_stream.h: whole BGZF blocks (SAM specification 4.1) out of a file that comes in pieces.
//
// genome::Inflater stays the judge. What is not a BGZF block of the common form, and a block that does not inflate to
// what its end says, is handed on with everything behind it, to be given to an Inflater: what it refuses is refused in
// its words, and what it takes is taken. A block that libdeflate inflates to what its checksum says is not asked about:
// zlib would refuse some that announce codes for more symbols than there are.
#pragma once
#include <functional>

#include "base/secret.h"
#include "genome/bgzf.h"

namespace glovebox::scan {

class BlockStream {
 public:
  struct Sink {
    std::function<Status(View block)> block;  // one whole block
    std::function<Status(View bytes)> rest;   // from the first bytes on that begin none
  };
  explicit BlockStream(Sink sink) : sink_(std::move(sink)) {}
  BlockStream(const BlockStream&) = delete;
  BlockStream& operator=(const BlockStream&) = delete;
  ~BlockStream() { erase(held_); }

  // feed, finish: errors are the sink's.
  Status feed(View piece);
  // finish hands out what is held, the beginning of a block, as rest.
  Status finish();
  // check_end: truncated if the file did not end with the end-of-file marker.
  Status check_end() const { return end_.check(); }
  std::uint64_t bytes() const { return bytes_; }  // so far

 private:
  Status give(View& piece);
  Sink sink_;
  Bytes held_;  // the beginning of a block
  bool rest_ = false;
  std::uint64_t bytes_ = 0;
  genome::BgzfEnd end_;
};

}  // namespace glovebox::scan
