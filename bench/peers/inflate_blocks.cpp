// inflate_blocks FILE: what a whole BGZF file costs before anything is read in it: every block inflated by libdeflate,
// its size and its CRC compared. The file is read in pieces of a megabyte into the memory that it is inflated from.
#include <libdeflate.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

int main(int count, char** arguments) {
  std::FILE* file = count == 2 ? std::fopen(arguments[1], "rb") : nullptr;
  if (file == nullptr) return 2;
  std::setvbuf(file, nullptr, _IONBF, 0);
  auto* inflater = libdeflate_alloc_decompressor();
  constexpr std::size_t piece = std::size_t{1} << 20, block_max = 65536, head = 18, tail = 8;
  std::vector<unsigned char> in(piece + block_max), out(block_max);
  std::uint64_t blocks = 0, bytes = 0;
  std::size_t kept = 0;
  while (true) {
    const std::size_t got = std::fread(in.data() + kept, 1, piece, file), end = kept + got;
    std::size_t at = 0;
    while (at + head <= end) {
      const std::size_t size = in[at + 16] + std::size_t{256} * in[at + 17] + 1;
      if (at + size > end) break;
      std::uint32_t crc = 0, text = 0;
      std::memcpy(&crc, &in[at + size - 8], 4);
      std::memcpy(&text, &in[at + size - 4], 4);
      std::size_t made = 0;
      if (libdeflate_deflate_decompress(inflater, &in[at + head], size - head - tail, out.data(), out.size(), &made) !=
              LIBDEFLATE_SUCCESS ||
          made != text || libdeflate_crc32(0, out.data(), made) != crc) {
        std::fprintf(stderr, "%s: not a whole BGZF file\n", arguments[1]);
        return 1;
      }
      ++blocks;
      bytes += made;
      at += size;
    }
    kept = end - at;
    std::memmove(in.data(), in.data() + at, kept);
    if (got == 0) break;
  }
  libdeflate_free_decompressor(inflater);
  std::printf("{\"blocks\": %llu, \"text\": %llu}\n", static_cast<unsigned long long>(blocks),
              static_cast<unsigned long long>(bytes));
  return kept == 0 ? 0 : 1;
}
