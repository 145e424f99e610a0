// diff.h: why two images measure differently: which section, which file or option in it, the first bytes that differ.
#pragma once
#include "image/image_signature.h"

namespace glovebox::image {

// Difference is one thing that is not the same in both.
struct Difference {
  std::string where;                    // "kernel", "command line", "ramdisk 2", "signature", "metadata", "header"
  std::vector<std::uint8_t> pcrs = {};  // the registers that it is measured in; none: nothing measures it
  std::vector<std::string> lines = {};  // in words: what differs, and the first bytes of each
  bool operator==(const Difference&) const = default;
};

// differences names all that differs between two images, in the order of their sections; empty where the files are
// equal.
std::vector<Difference> differences(const Inspected& a, const Inspected& b);

// config_differences writes the options by which two kernel configurations differ, at most `max`:
// "CONFIG_SMP: y, then not set".
std::vector<std::string> config_differences(std::string_view a, std::string_view b, std::size_t max);

}  // namespace glovebox::image
