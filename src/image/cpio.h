// cpio.h: a ramdisk's files, as Linux unpacks them (cpio's "newc" form; Linux,
// Documentation/driver-api/early-userspace/ buffer-format.rst). What is written depends on the entries alone: sorted by
// path, numbered from 1, owner 0, time 0.
#pragma once
#include "base/bytes.h"

namespace glovebox::image {

constexpr std::size_t cpio_entries_max = 4096;
constexpr std::size_t cpio_path_max = 1024;
constexpr std::size_t ramdisk_unpacked_max = std::size_t{1} << 30;

// CpioEntry is one file, folder or device. A path has no '/' at its start and no "." or ".." in it.
struct CpioEntry {
  std::string path;
  std::uint32_t mode = 0100644;  // type and permissions, as stat(2) has them
  Bytes data = {};               // of a file, or the target of a link
  std::uint32_t device_major = 0, device_minor = 0;
  bool operator==(const CpioEntry&) const = default;

  static CpioEntry file(std::string path, View data, std::uint32_t permissions = 0644);
  static CpioEntry folder(std::string path, std::uint32_t permissions = 0755);
  static CpioEntry character_device(std::string path, std::uint32_t major, std::uint32_t minor);
};

// write_cpio writes an archive. The paths are distinct; the folders they lie in are the caller's to name.
Bytes write_cpio(std::vector<CpioEntry> entries);

// parse_cpio reads one, plain: owners, times and numbers are let pass as they are. malformed, truncated, trailing_bytes
// (anything but zeros behind the trailer), too_large; malformed also for a path twice, one that is not
// plain, or a file with several names, which Linux makes one of.
Result<std::vector<CpioEntry>> parse_cpio(View archive);
// read_ramdisk is the same, of a plain or gzipped ramdisk.
Result<std::vector<CpioEntry>> read_ramdisk(View ramdisk);

}  // namespace glovebox::image
