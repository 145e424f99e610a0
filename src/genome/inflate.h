// inflate.h: text out of gzip, BGZF or plain text, in pieces of any size and in constant memory. The form is known by
// its first bytes (RFC 1952; BGZF: SAM specification 4.1). Where the text is cut into pieces does not depend on where
// the input is, so what a reader finds does not either.
//
// A BGZF file without its end-of-file marker is refused as `truncated`. htslib only warns; but a file cut at a block's
// border looks whole, and every site that was cut off would count as absent.
#pragma once
#include <functional>
#include <memory>

#include "base/bytes.h"

namespace glovebox::genome {

// Limits of one file. The ratio counts only beyond `ratio_free` bytes of text: short files of repeated lines are
// common.
struct InflateLimits {
  std::uint64_t inflated_max = std::uint64_t{64} << 30;  // bytes of text; a deep whole-genome gVCF has 20 GB
  std::uint64_t ratio_max = 256;                         // text bytes for one compressed byte; cohorts reach 60
  std::uint64_t ratio_free = std::uint64_t{64} << 20;
};

// Inflated counts what came of a file so far.
struct Inflated {
  std::uint64_t compressed = 0;  // bytes
  std::uint64_t text = 0;

  // check: compression_bomb.
  Status check(const InflateLimits& limits) const;
};

class Inflater {
 public:
  // Sink takes a piece of text, which it must not keep. Its error ends everything and is returned by feed or finish.
  using Sink = std::function<Status(View text)>;

  // `before` is what came before in the file, where another has inflated it.
  explicit Inflater(Sink sink, InflateLimits limits = {}, Inflated before = {});
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;

  // feed takes the next piece. Errors: compression_invalid (also a wrong CRC or length), compression_bomb, too_large
  // (plain text beyond inflated_max), trailing_bytes (after a member comes what is no member). The first error sticks.
  Status feed(View piece);
  // finish hands out what is left; truncated if a member or the end-of-file marker is missing.
  Status finish();

  std::uint64_t compressed_bytes() const;
  std::uint64_t text_bytes() const;
  bool is_bgzf() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::genome
