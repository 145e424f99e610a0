#include "image/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>

namespace glovebox::image {
namespace {
constexpr int window_bits = 15 + 16;  // with gzip's frame
constexpr int memory_level = 9;
constexpr std::size_t piece = std::size_t{1} << 18;

// zlib takes what it reads as not const; it does not write there.
Bytef* as_input(View bytes) {
  return const_cast<Bytef*>(bytes.data());
}
}  // namespace

Bytes gzip(View bytes) {
  z_stream stream{};
  if (::deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
    std::abort();  // out of memory
  Bytes out;
  while (true) {  // zlib counts in 32 bits
    const View part = bytes.first(std::min(bytes.size(), piece));
    bytes = bytes.subspan(part.size());
    stream.next_in = as_input(part);
    stream.avail_in = static_cast<uInt>(part.size());
    int code = Z_OK;
    do {
      const std::size_t had = out.size();
      out.resize(had + piece);
      stream.next_out = out.data() + had;
      stream.avail_out = static_cast<uInt>(piece);
      code = ::deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
      out.resize(out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
    if (code == Z_STREAM_END) break;
  }
  ::deflateEnd(&stream);
  return out;
}

bool is_gzip(View bytes) {
  return bytes.size() >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8;
}

Result<Bytes> gunzip(View packed, std::size_t max, Behind behind) {
  z_stream stream{};
  if (::inflateInit2(&stream, window_bits) != Z_OK) std::abort();
  Bytes out;
  Status status;
  int code = Z_OK;
  while (status && code != Z_STREAM_END) {
    const View part = packed.first(std::min(packed.size(), piece));
    packed = packed.subspan(part.size());
    if (part.empty()) {
      status = fail(Reject::truncated, "gzip without its end", "a whole member");
      break;
    }
    stream.next_in = as_input(part);
    stream.avail_in = static_cast<uInt>(part.size());
    do {
      const std::size_t had = out.size();
      const std::size_t room = std::min(piece, max + 1 - had);  // one more than may be tells that there is more
      out.resize(had + room);
      stream.next_out = out.data() + had;
      stream.avail_out = static_cast<uInt>(room);
      code = ::inflate(&stream, Z_NO_FLUSH);
      out.resize(out.size() - stream.avail_out);
      if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
        status = fail(Reject::compression_invalid, "damaged gzip", "RFC 1952");
      else if (out.size() > max)
        status = fail(Reject::too_large, "gzip of more than " + std::to_string(max) + " bytes", "less");
    } while (status && code == Z_OK && stream.avail_out == 0);
    if (code == Z_STREAM_END)
      packed = View(part.data() + (part.size() - stream.avail_in), packed.data() + packed.size());
  }
  ::inflateEnd(&stream);
  if (status && behind == Behind::zeros && std::ranges::any_of(packed, [](std::uint8_t byte) { return byte != 0; }))
    status = fail(Reject::trailing_bytes, "bytes behind a ramdisk's gzip member", "one member, then zeros alone");
  if (!status) return same(Result<Bytes>(std::unexpected(status.error())));
  return out;
}

}  // namespace glovebox::image
