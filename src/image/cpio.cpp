#include "image/cpio.h"

#include <charconv>
#include <set>

#include "base/reader.h"
#include "image/gzip.h"

namespace glovebox::image {
namespace {

constexpr std::string_view magic = "070701";
constexpr std::string_view trailer = "TRAILER!!!";
constexpr std::size_t header_size = 110;  // the magic and 13 numbers of 8 hexadecimal digits
constexpr std::size_t digits = 8;
constexpr std::uint32_t folder_bits = 0040000;
constexpr std::uint32_t type_mask = 0170000;
constexpr std::uint32_t type_file = 0100000;

std::size_t padding(std::size_t size) {
  return (4 - size % 4) % 4;
}

void write_number(Bytes& out, std::uint64_t value) {
  constexpr std::string_view hex = "0123456789abcdef";
  for (int shift = 28; shift >= 0; shift -= 4)
    out.push_back(static_cast<std::uint8_t>(hex[(value >> static_cast<unsigned>(shift)) & 15]));
}

void write_entry(Bytes& out, const CpioEntry& entry, std::size_t number) {
  const bool folder = (entry.mode & type_mask) == folder_bits;
  const std::size_t start = out.size();
  out.insert(out.end(), magic.begin(), magic.end());
  const std::uint64_t numbers[] = {number,
                                   entry.mode,
                                   0,
                                   0,
                                   folder ? 2U : 1U,
                                   0,
                                   entry.data.size(),
                                   0,
                                   0,
                                   entry.device_major,
                                   entry.device_minor,
                                   entry.path.size() + 1,
                                   0};
  for (const std::uint64_t value : numbers) write_number(out, value);
  out.insert(out.end(), entry.path.begin(), entry.path.end());
  out.push_back(0);
  out.resize(out.size() + padding(out.size() - start));
  out.insert(out.end(), entry.data.begin(), entry.data.end());
  out.resize(out.size() + padding(entry.data.size()));
}

// The thirteen numbers of a header, in their order.
struct Numbers {
  std::uint32_t ino, mode, uid, gid, links, time, size, major, minor, device_major, device_minor, name_size, check;
};

Result<Numbers> read_numbers(View header) {
  std::array<std::uint32_t, 13> all{};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string_view text = text_of(header.subspan(magic.size() + i * digits, digits));
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), all[i], 16);
    if (error != std::errc() || end != text.data() + text.size())
      return fail(Reject::malformed, "a cpio header that is no number", "eight hexadecimal digits");
  }
  return Numbers{all[0], all[1], all[2], all[3],  all[4],  all[5], all[6],
                 all[7], all[8], all[9], all[10], all[11], all[12]};
}

bool is_plain(std::string_view path) {
  if (path.empty()) return false;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") return false;
    at = end + 1;
  }
  return path.find('\0') == std::string_view::npos;
}

}  // namespace

CpioEntry CpioEntry::file(std::string path, View data, std::uint32_t permissions) {
  return {.path = std::move(path), .mode = 0100000 | permissions, .data = to_bytes(data)};
}
CpioEntry CpioEntry::folder(std::string path, std::uint32_t permissions) {
  return {.path = std::move(path), .mode = folder_bits | permissions};
}
CpioEntry CpioEntry::character_device(std::string path, std::uint32_t major, std::uint32_t minor) {
  return {.path = std::move(path), .mode = 0020600, .device_major = major, .device_minor = minor};
}

Bytes write_cpio(std::vector<CpioEntry> entries) {
  std::ranges::sort(entries, {}, &CpioEntry::path);
  Bytes out;
  for (std::size_t i = 0; i < entries.size(); ++i) write_entry(out, entries[i], i + 1);
  write_entry(out, {.path = std::string(trailer), .mode = 0}, 0);
  return out;
}

Result<std::vector<CpioEntry>> parse_cpio(View archive) {
  std::vector<CpioEntry> out;
  std::set<std::string, std::less<>> paths;
  std::size_t at = 0;
  const auto take = [&](std::size_t size) -> Result<View> {
    if (size > archive.size() - at)
      return fail(Reject::truncated, "a cpio archive that ends within an entry", "its trailer");
    at += size;
    return archive.subspan(at - size, size);
  };
  while (true) {
    const std::size_t start = at;
    GLOVEBOX_TRY(header, take(header_size));
    if (!text_of(header).starts_with(magic))
      return fail(Reject::malformed, "no cpio header at byte " + std::to_string(start), "070701, the newc form");
    GLOVEBOX_TRY(numbers, read_numbers(header));
    if (numbers.name_size < 2 || numbers.name_size > cpio_path_max + 1)
      return fail(Reject::too_large, "a path of " + std::to_string(numbers.name_size) + " bytes", "at most 1024");
    GLOVEBOX_TRY(name, take(numbers.name_size));
    if (name.back() != 0) return fail(Reject::malformed, "a path without its NUL", "one");
    std::string path(text_of(name.first(name.size() - 1)));
    GLOVEBOX_CHECK(take(padding(at - start)));
    if (path == trailer) break;
    if ((numbers.mode & type_mask) == type_file && numbers.links > 1)  // what one says is in them all, the last one's
      return fail(Reject::malformed, "the file \"" + path + "\" with a second name", "files with one name each");
    GLOVEBOX_TRY(data, take(numbers.size));
    GLOVEBOX_CHECK(take(padding(numbers.size)));
    if (!is_plain(path)) return fail(Reject::malformed, "the path \"" + path + "\" in a ramdisk", "a plain one");
    if (!paths.insert(path).second) return fail(Reject::malformed, "the path \"" + path + "\" twice", "once");
    if (out.size() == cpio_entries_max) return fail(Reject::too_large, "more than 4096 entries in a ramdisk", "less");
    out.push_back({.path = std::move(path),
                   .mode = numbers.mode,
                   .data = to_bytes(data),
                   .device_major = numbers.device_major,
                   .device_minor = numbers.device_minor});
  }
  if (std::ranges::any_of(archive.subspan(at), [](std::uint8_t byte) { return byte != 0; }))
    return fail(Reject::trailing_bytes, "bytes behind the ramdisk's trailer", "zeros alone");
  return out;
}

Result<std::vector<CpioEntry>> read_ramdisk(View ramdisk) {
  if (!is_gzip(ramdisk)) return parse_cpio(ramdisk);
  GLOVEBOX_TRY(plain, gunzip(ramdisk, ramdisk_unpacked_max, Behind::zeros));
  return parse_cpio(plain);
}

}  // namespace glovebox::image
