#include "scan/block_inflater.h"

#include <libdeflate.h>

#include <cstdlib>

namespace glovebox::scan {

void BlockInflater::Free::operator()(void* decompressor) const {
  libdeflate_free_decompressor(static_cast<libdeflate_decompressor*>(decompressor));
}

BlockInflater::BlockInflater() : decompressor_(libdeflate_alloc_decompressor()) {
  if (!decompressor_) std::abort();  // no memory at the start
}
BlockInflater::~BlockInflater() = default;

std::optional<std::size_t> BlockInflater::text_size(View block) {
  const auto parts = genome::bgzf_parts(block);
  return parts && parts->text_size <= genome::bgzf_block_max ? std::optional<std::size_t>(parts->text_size)
                                                             : std::nullopt;
}

bool BlockInflater::inflate(View block, std::span<std::uint8_t> out) const {
  const auto parts = genome::bgzf_parts(block);
  if (!parts) return false;
  std::size_t used = 0, made = 0;
  const auto result =
      libdeflate_deflate_decompress_ex(static_cast<libdeflate_decompressor*>(decompressor_.get()), parts->data.data(),
                                       parts->data.size(), out.data(), out.size(), &used, &made);
  return result == LIBDEFLATE_SUCCESS && used == parts->data.size() && made == out.size() &&
         libdeflate_crc32(0, out.data(), out.size()) == parts->crc;
}

}  // namespace glovebox::scan
