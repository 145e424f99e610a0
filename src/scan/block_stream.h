// block_stream.h: whole BGZF blocks (SAM specification 4.1) out of a file that comes in pieces.
//
// genome::Inflater stays the judge. A member that is not a BGZF block of the common form, and a block that does not
// inflate to what its end says, is handed on with everything behind it, to be given to an Inflater: what it refuses is
// refused in its words, and what it takes is taken.
#pragma once
#include <functional>

#include "base/secret.h"
#include "genome/bgzf.h"

namespace glovebox::scan {

class BlockStream {
 public:
  struct Sink {
    std::function<Status(View block)> block;  // one whole block
    std::function<Status(View bytes)> rest;   // from the first member on that is none; begins with 1f 8b
  };
  explicit BlockStream(Sink sink) : sink_(std::move(sink)) {}
  BlockStream(const BlockStream&) = delete;
  BlockStream& operator=(const BlockStream&) = delete;
  ~BlockStream() { erase(held_); }

  // feed: trailing_bytes for what begins no member, compression_invalid for what begins like one and is none.
  Status feed(View piece);
  // finish hands out what is held, the beginning of a block, as rest.
  Status finish();
  // check_end: truncated if the file did not end with the end-of-file marker.
  Status check_end() const { return end_.check(); }
  std::uint64_t bytes() const { return bytes_; }  // so far

 private:
  Status give(View& piece);
  Status give_rest(View bytes);
  Sink sink_;
  Bytes held_;  // the beginning of a block
  bool rest_ = false;
  std::uint64_t bytes_ = 0;
  genome::BgzfEnd end_;
};

}  // namespace glovebox::scan
