#include "genome/inflate.h"

#include <zlib.h>

#include "base/secret.h"
#include "genome/sniff.h"

namespace glovebox::genome {
namespace {
constexpr std::size_t out_bytes = std::size_t{64} << 10;
constexpr std::size_t head_bytes = 18;                  // what tells BGZF from gzip
constexpr std::size_t feed_max = std::size_t{1} << 30;  // zlib counts input in 32 bits
// The empty block that ends every BGZF file (SAM specification 4.1.2).
constexpr Array<28> eof_marker = {0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, 6, 0, 0x42, 0x43,
                                  2,    0,    0x1b, 0,    3, 0, 0, 0, 0, 0,    0, 0, 0,    0};

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
  std::uint64_t compressed = 0;
  std::uint64_t text = 0;
  Array<28> tail{};  // the last bytes of input
  bool finished = false;

  State(Sink taker, InflateLimits bounds, Inflated before)
      : sink(std::move(taker)), limits(bounds), compressed(before.compressed), text(before.text) {}
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
      text += piece.size();
      if (text > limits.inflated_max)
        return fail(Reject::too_large, "more text", std::to_string(limits.inflated_max) + " bytes at most");
      return sink(piece);
    }
    remember_tail(piece);
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
      compressed += in_before - stream.avail_in;
      filled = out.size() - stream.avail_out;
      if (filled == out.size()) GLOVEBOX_CHECK(flush());
      if (result == Z_STREAM_END) {
        member = Member::between;
      } else if (result == Z_MEM_ERROR) {
        return fail(Reject::out_of_resources, "zlib has no memory");
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return fail(Reject::compression_invalid,
                    "near compressed byte " + std::to_string(compressed) + ": " + (stream.msg ? stream.msg : "damaged"),
                    "intact gzip data", "compare the file's checksum with its source, or make it again with bgzip");
      } else if (stream.avail_in == 0 && stream.avail_out != 0) {
        return {};
      }
    }
  }

  Status flush() {
    text += filled;
    const View full = View(out).first(filled);
    filled = 0;
    const bool beyond_ratio = text > limits.ratio_free && text / limits.ratio_max > compressed;
    if (text > limits.inflated_max || beyond_ratio)
      return fail(Reject::compression_bomb, std::to_string(text) + " bytes of text from " + std::to_string(compressed),
                  "at most " + std::to_string(limits.inflated_max) + " bytes, and " + std::to_string(limits.ratio_max) +
                      " for each compressed byte");
    return full.empty() ? Status{} : sink(full);
  }

  void remember_tail(View piece) {
    const View last = piece.last(std::min(piece.size(), tail.size()));
    std::ranges::copy(std::span(tail).subspan(last.size()), tail.begin());
    std::ranges::copy(last, tail.end() - static_cast<std::ptrdiff_t>(last.size()));
  }

  Status feed(View piece) {
    if (form != Form::undecided) return decode(piece);
    const std::size_t take = std::min(head_bytes - head.size(), piece.size());
    head.insert(head.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(take));
    if (head.size() < head_bytes) return {};
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
    if (form == Form::bgzf && tail != eof_marker)
      return fail(Reject::truncated, "no BGZF end-of-file marker", "the 28 bytes that end every BGZF file",
                  "the file was cut, or joined wrongly; check with `bgzip -t` and copy it again");
    return {};
  }
};

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
  return state_->compressed;
}
std::uint64_t Inflater::text_bytes() const {
  return state_->text;
}
bool Inflater::is_bgzf() const {
  return state_->form == Form::bgzf;
}

}  // namespace glovebox::genome
