#include "image/kernel.h"

#include "base/reader.h"
#include "image/gzip.h"

namespace glovebox::image {
namespace {

// boot.rst, "The Real-Mode Kernel Header"
constexpr std::size_t at_setup_sectors = 0x1f1;
constexpr std::size_t at_paragraphs = 0x1f4;  // of what follows the setup, of 16 bytes each
constexpr std::size_t paragraph = 16;
constexpr std::size_t at_magic = 0x202;
constexpr std::size_t at_version = 0x20e;
constexpr std::size_t at_payload = 0x248;
constexpr std::size_t header_end = 0x250;
constexpr std::size_t sector = 512;
constexpr std::size_t version_max = 256;
constexpr std::string_view boot_magic = "HdrS";
constexpr std::string_view config_start = "IKCFG_ST";
constexpr std::size_t config_max = std::size_t{4} << 20;

bool is_bzimage(View kernel) {
  return kernel.size() >= header_end && text_of(kernel.subspan(at_magic, boot_magic.size())) == boot_magic;
}

// part borrows kernel[from, from + size), or as much of it as there is.
View part(View kernel, std::size_t from, std::size_t size) {
  from = std::min(from, kernel.size());
  return kernel.subspan(from, std::min(size, kernel.size() - from));
}

std::size_t setup_size(View kernel) {
  const std::size_t sectors = kernel[at_setup_sectors] == 0 ? 4 : kernel[at_setup_sectors];
  return (sectors + 1) * sector;
}

View payload(View kernel) {
  Reader in(kernel.subspan(at_payload, 8));
  const std::size_t from = in.u32le();
  const std::size_t size = in.u32le();
  return part(kernel, setup_size(kernel) + from, size);
}

}  // namespace

Result<std::string> kernel_version(View kernel) {
  if (!is_bzimage(kernel)) return fail(Reject::malformed, "no boot header", "a bzImage");
  const std::size_t at = sector + Reader(kernel.subspan(at_version, 2)).u16le();
  const std::string_view text = text_of(part(kernel, at, version_max));
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos || end == 0) return fail(Reject::truncated, "a version without its end", "a text");
  return std::string(text.substr(0, end));
}

Status check_kernel_end(View kernel) {
  if (!is_bzimage(kernel)) return {};
  const std::size_t end = setup_size(kernel) + paragraph * Reader(kernel.subspan(at_paragraphs, 4)).u32le();
  if (kernel.size() != end)
    return fail(Reject::malformed, "a kernel of " + std::to_string(kernel.size()) + " bytes",
                std::to_string(end) + ", as its header says",
                "the same registers can stand for another border between kernel and command line");
  return {};
}

Result<std::string> kernel_config(View kernel) {
  Bytes unpacked;
  if (is_bzimage(kernel)) {
    const View packed = payload(kernel);
    if (!is_gzip(packed))
      return fail(Reject::unsupported, "a kernel that is not packed with gzip", "CONFIG_KERNEL_GZIP");
    GLOVEBOX_TRY(bytes, gunzip(packed, kernel_unpacked_max, Behind::ignored));
    unpacked = std::move(bytes);
    kernel = unpacked;
  }
  const std::size_t at = text_of(kernel).find(config_start);
  if (at == std::string_view::npos)
    return fail(Reject::unsupported, "a kernel without its configuration", "CONFIG_IKCONFIG");
  GLOVEBOX_TRY(config, gunzip(kernel.subspan(at + config_start.size()), config_max, Behind::ignored));
  return std::string(text_of(config));
}

}  // namespace glovebox::image
