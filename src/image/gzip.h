// gzip.h: gzip (RFC 1952) of whole ramdisks and kernels, always the same bytes for the same input.
#pragma once
#include "base/bytes.h"

namespace glovebox::image {

// gzip packs at level 9, without a name or a time.
Bytes gzip(View bytes);
bool is_gzip(View bytes);
// gunzip unpacks one member. compression_invalid, truncated, or too_large where more than `max` bytes come out. What
// lies behind the member is ignored, or may be zeros alone: Linux unpacks each member of a ramdisk, and what a later
// one holds wins; trailing_bytes.
enum class Behind { ignored, zeros };
Result<Bytes> gunzip(View packed, std::size_t max, Behind behind);

}  // namespace glovebox::image
