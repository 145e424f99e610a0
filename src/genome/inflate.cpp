#include "genome/inflate.h"

#include <zlib.h>

#include "base/secret.h"
#include "genome/bgzf.h"
#include "genome/sniff.h"

namespace glovebox::genome {
namespace {
constexpr std::size_t out_bytes = std::size_t{64} << 10;
constexpr std::size_t feed_max = std::size_t{1} << 30;  // zlib counts input in 32 bits

enum class Form : std::uint8_t { undecided, text, gzip, bgzf };
enum class Member : std::uint8_t { inside, between };
}  // namespace

struct Inflater::State {
  Sink sink;
  InflateLimits limits;
  Status status;
  Form form = Form::undecided;
  Bytes head;
  z_stream stream{};
  bool open = false;
  Member member = Member::inside;
  Bytes out;
  std::size_t filled = 0;
  Inflated inflated;
  BgzfEnd end;
  bool finished = false;

  State(Sink taker, InflateLimits bounds, Inflated before) : sink(std::move(taker)), limits(bounds), inflated(before) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (open) inflateEnd(&stream);
    erase(out);
    erase(head);
  }

  Status decide() {
    const Content content = sniff(head);
    form = content == Content::bgzf ? Form::bgzf : content == Content::gzip ? Form::gzip : Form::text;
    if (form != Form::text) {
      if (inflateInit2(&stream, 15 + 16) != Z_OK) return fail(Reject::out_of_resources, "zlib has no memory");
      open = true;
      out.resize(out_bytes);
    }
    return decode(head);
  }

  Status decode(View piece) {
    if (form == Form::text) {
      inflated.text += piece.size();
      if (inflated.text > limits.inflated_max)
        return fail(Reject::too_large, "more text", std::to_string(limits.inflated_max) + " bytes at most");
      return sink(piece);
    }
    end.add(piece);
    while (!piece.empty()) {
      const View part = piece.first(std::min(piece.size(), feed_max));
      piece = piece.subspan(part.size());
      GLOVEBOX_CHECK(inflate_part(part));
    }
    return {};
  }

  Status inflate_part(View part) {
    stream.next_in = const_cast<Bytef*>(part.data());  // zlib does not write through it
    stream.avail_in = static_cast<uInt>(part.size());
    for (;;) {
      if (member == Member::between) {
        if (stream.avail_in == 0) return {};
        if (*stream.next_in != 0x1f)
          return fail(Reject::trailing_bytes, "bytes after the last gzip member", "another member or the end");
        inflateReset(&stream);
        member = Member::inside;
      }
      stream.next_out = out.data() + filled;
      stream.avail_out = static_cast<uInt>(out.size() - filled);
      const uInt in_before = stream.avail_in;
      const int result = ::inflate(&stream, Z_NO_FLUSH);
      inflated.compressed += in_before - stream.avail_in;
      filled = out.size() - stream.avail_out;
      if (filled == out.size()) GLOVEBOX_CHECK(flush());
      if (result == Z_STREAM_END) {
        member = Member::between;
      } else if (result == Z_MEM_ERROR) {
        return fail(Reject::out_of_resources, "zlib has no memory");
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return fail(Reject::compression_invalid,
                    "near compressed byte " + std::to_string(inflated.compressed) + ": " +
                        (stream.msg ? stream.msg : "damaged"),
                    "intact gzip data", "compare the file's checksum with its source, or make it again with bgzip");
      } else if (stream.avail_in == 0 && stream.avail_out != 0) {
        return {};
      }
    }
  }

  Status flush() {
    inflated.text += filled;
    const View full = View(out).first(filled);
    filled = 0;
    GLOVEBOX_CHECK(inflated.check(limits));
    return full.empty() ? Status{} : sink(full);
  }

  Status feed(View piece) {
    if (form != Form::undecided) return decode(piece);
    const std::size_t take = std::min(bgzf_head_bytes - head.size(), piece.size());
    head.insert(head.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(take));
    if (head.size() < bgzf_head_bytes) return {};
    GLOVEBOX_CHECK(decide());
    return decode(piece.subspan(take));
  }

  Status finish() {
    if (form == Form::undecided) GLOVEBOX_CHECK(decide());
    if (form == Form::text) return {};
    GLOVEBOX_CHECK(flush());
    if (member == Member::inside)
      return fail(Reject::truncated, "the compressed data ends inside a member", "its end",
                  "the file was cut; copy it again");
    return form == Form::bgzf ? end.check() : Status{};
  }
};

Status Inflated::check(const InflateLimits& limits) const {
  const bool beyond_ratio = text > limits.ratio_free && text / limits.ratio_max > compressed;
  if (text <= limits.inflated_max && !beyond_ratio) return {};
  return fail(Reject::compression_bomb, std::to_string(text) + " bytes of text from " + std::to_string(compressed),
              "at most " + std::to_string(limits.inflated_max) + " bytes, and " + std::to_string(limits.ratio_max) +
                  " for each compressed byte");
}

Inflater::Inflater(Sink sink, InflateLimits limits, Inflated before)
    : state_(std::make_unique<State>(std::move(sink), limits, before)) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

Status Inflater::feed(View piece) {
  if (state_->status && !piece.empty()) state_->status = state_->feed(piece);
  return state_->status;
}
Status Inflater::finish() {
  if (state_->status && !state_->finished) {
    state_->finished = true;
    state_->status = state_->finish();
  }
  return state_->status;
}
std::uint64_t Inflater::compressed_bytes() const {
  return state_->inflated.compressed;
}
std::uint64_t Inflater::text_bytes() const {
  return state_->inflated.text;
}
bool Inflater::is_bgzf() const {
  return state_->form == Form::bgzf;
}

}  // namespace glovebox::genome
