// kernel.h: what a kernel says of itself: the version in a bzImage's header, and the configuration it was built with
// (CONFIG_IKCONFIG). Sources: Linux, Documentation/arch/x86/boot.rst; kernel/configs.c.
#pragma once
#include "base/bytes.h"

namespace glovebox::image {

constexpr std::size_t kernel_unpacked_max = std::size_t{256} << 20;

// kernel_version returns the text of a bzImage's version, as `uname -a` would say it; malformed, truncated.
Result<std::string> kernel_version(View kernel);
// check_kernel_end: whether a bzImage ends where its header says; malformed. Another kernel says nothing of its end,
// and passes. PCR0 is over kernel and command line without a border between them, so an image whose kernel is longer
// than it says may hold the beginning of another's command line (docs/spec/image.md).
Status check_kernel_end(View kernel);
// kernel_config returns the .config in a kernel: a bzImage packed with gzip, or an unpacked image. unsupported where
// another packer was used, or where there is no configuration in it; what gunzip refuses.
Result<std::string> kernel_config(View kernel);

}  // namespace glovebox::image
