// gzip.h: gzip (RFC 1952) of whole ramdisks and kernels, always the same bytes for the same input.
#pragma once
#include "base/bytes.h"

namespace glovebox::image {

// gzip packs at level 9, without a name or a time.
Bytes gzip(View bytes);
bool is_gzip(View bytes);
// gunzip unpacks one member and ignores what lies behind it. compression_invalid, truncated, or too_large where more
// than `max` bytes come out.
Result<Bytes> gunzip(View packed, std::size_t max);

}  // namespace glovebox::image
