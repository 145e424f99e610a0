#include "image/eif.h"

#include <zlib.h>

#include "base/reader.h"

namespace glovebox::image {
namespace {

constexpr std::string_view magic = ".eif";
constexpr std::size_t crc_offset = 0x220;
constexpr std::uint16_t flag_aarch64 = 1;

std::unexpected<Error> bad(std::string found, std::string expected) {
  return fail(Reject::malformed, std::move(found), std::move(expected));
}

std::string ordinal(std::size_t i) {
  return "section " + std::to_string(i + 1);
}

std::uint32_t crc_of(std::uint32_t so_far, View bytes) {
  return static_cast<std::uint32_t>(::crc32_z(so_far, bytes.data(), bytes.size()));
}

// file_crc covers the whole file but the four bytes that hold it.
std::uint32_t file_crc(View file) {
  return crc_of(crc_of(0, file.first(crc_offset)), file.subspan(crc_offset + 4));
}

struct Header {
  std::uint16_t version = 0, flags = 0, count = 0;
  std::uint64_t memory = 0, cpus = 0;
  std::array<std::uint64_t, sections_max> offsets{}, sizes{};
  std::uint32_t crc = 0;
};

Result<Header> parse_header(View file) {
  Reader in(file.first(std::min(file.size(), eif_header_size)));
  if (const View start = in.bytes(magic.size()); in.ok() && text_of(start) != magic)
    return fail(Reject::malformed, "no \".eif\" at the start", "an enclave image");
  Header out;
  out.version = in.u16be();
  if (in.ok() && out.version != eif_version)
    return fail(Reject::version_unsupported, "EIF version " + std::to_string(out.version), "4");
  out.flags = in.u16be();
  out.memory = in.u64be();
  out.cpus = in.u64be();
  in.zeros(2);
  out.count = in.u16be();
  for (auto& offset : out.offsets) offset = in.u64be();
  for (auto& size : out.sizes) size = in.u64be();
  in.zeros(4);
  out.crc = in.u32be();
  GLOVEBOX_CHECK(in.finish());
  if ((out.flags & ~flag_aarch64) != 0)
    return fail(Reject::malformed, "flags " + std::to_string(out.flags), "0 (x86_64) or 1 (aarch64)");
  if (out.count < 2 || out.count > sections_max) return bad(std::to_string(out.count) + " sections", "2 to 32");
  for (std::size_t i = out.count; i < sections_max; ++i)
    if (out.offsets[i] != 0 || out.sizes[i] != 0)
      return bad("an entry for " + ordinal(i) + " of " + std::to_string(out.count), "zeros beyond the last section");
  return out;
}

Result<Section> parse_section(View file, const Header& header, std::size_t i, std::size_t at) {
  if (header.offsets[i] != at)
    return bad(ordinal(i) + " at " + std::to_string(header.offsets[i]),
               "at " + std::to_string(at) + ", where the one before it ends");
  Reader in(file.subspan(at));
  const std::uint16_t type = in.u16be();
  const std::uint16_t flags = in.u16be();
  const std::uint64_t size = in.u64be();
  GLOVEBOX_CHECK(in.status());
  if (type < 1 || type > 5) return bad(ordinal(i) + " of type " + std::to_string(type), "1 to 5");
  if (flags != 0) return bad(ordinal(i) + " with flags " + std::to_string(flags), "0");
  if (size != header.sizes[i])
    return bad(ordinal(i) + " of " + std::to_string(size) + " bytes by its own header",
               std::to_string(header.sizes[i]) + " by the file's");
  if (size > in.left())
    return fail(Reject::truncated,
                ordinal(i) + " of " + std::to_string(size) + " bytes, " + std::to_string(in.left()) + " left");
  return Section{.type = SectionType{type}, .data = in.bytes(static_cast<std::size_t>(size))};
}

View first_of(const Eif& eif, SectionType type) {
  const auto at = std::ranges::find(eif.sections, type, &Section::type);
  return at == eif.sections.end() ? View() : at->data;
}

}  // namespace

std::string_view name(Architecture architecture) {
  return architecture == Architecture::x86_64 ? "x86_64" : "aarch64";
}

std::string_view name(SectionType type) {
  switch (type) {
    case SectionType::kernel:
      return "kernel";
    case SectionType::command_line:
      return "command line";
    case SectionType::ramdisk:
      return "ramdisk";
    case SectionType::signature:
      return "signature";
    case SectionType::metadata:
      return "metadata";
  }
  return "?";
}

View Eif::kernel() const {
  return first_of(*this, SectionType::kernel);
}
std::string_view Eif::command_line() const {
  return text_of(first_of(*this, SectionType::command_line));
}
View Eif::metadata() const {
  return first_of(*this, SectionType::metadata);
}
std::vector<View> Eif::ramdisks() const {
  std::vector<View> out;
  for (const Section& section : sections)
    if (section.type == SectionType::ramdisk) out.push_back(section.data);
  return out;
}
std::optional<View> Eif::signature() const {
  for (const Section& section : sections)
    if (section.type == SectionType::signature) return section.data;
  return std::nullopt;
}

Status check(const Eif& eif) {
  if (eif.sections.size() > sections_max) return bad(std::to_string(eif.sections.size()) + " sections", "at most 32");
  std::array<std::size_t, 6> seen{};
  for (std::size_t i = 0; i < eif.sections.size(); ++i) {
    const auto& [type, data] = eif.sections[i];
    const bool again = seen.at(static_cast<std::size_t>(type))++ > 0;
    if (again && type != SectionType::ramdisk) return bad("a second " + std::string(name(type)), "one");
    if (data.empty() && type != SectionType::command_line) return bad("an empty " + std::string(name(type)), "bytes");
    if ((i == 0) != (type == SectionType::kernel))
      return bad(ordinal(i) + ", a " + std::string(name(type)), "the kernel first, and only there");
    if (type == SectionType::ramdisk && seen[static_cast<std::size_t>(SectionType::command_line)] == 0)
      return bad("a ramdisk before the command line", "the command line before every ramdisk");
    if (type == SectionType::signature) {
      if (i + 1 != eif.sections.size()) return bad("a section behind the signature", "the signature last");
      if (data.size() > signature_section_max)
        return fail(Reject::too_large, "a signature of " + std::to_string(data.size()) + " bytes", "at most 32768");
    }
    if (type == SectionType::metadata && data.size() > metadata_max)
      return fail(Reject::too_large, "metadata of " + std::to_string(data.size()) + " bytes", "at most 1 MiB");
    if (type == SectionType::command_line) {
      if (data.size() > command_line_max)
        return fail(Reject::too_large, "a command line of " + std::to_string(data.size()) + " bytes", "at most 2047");
      if (std::ranges::any_of(data, [](std::uint8_t c) { return c < 0x20 || c > 0x7e; }))
        return fail(Reject::malformed, "a byte in the command line that is not printable ASCII", "0x20 to 0x7e");
    }
  }
  for (const auto type : {SectionType::kernel, SectionType::command_line, SectionType::ramdisk, SectionType::metadata})
    if (seen[static_cast<std::size_t>(type)] == 0) return bad("no " + std::string(name(type)), "one");
  return {};
}

Result<Eif> parse_eif(View file) {
  if (file.size() > eif_size_max) return fail(Reject::too_large, "an image beyond 1 GiB", "less");
  GLOVEBOX_TRY(header, parse_header(file));
  Eif out{.architecture = header.flags == flag_aarch64 ? Architecture::aarch64 : Architecture::x86_64,
          .default_memory = header.memory,
          .default_cpus = header.cpus};
  std::size_t at = eif_header_size;
  for (std::size_t i = 0; i < header.count; ++i) {
    GLOVEBOX_TRY(section, parse_section(file, header, i, at));
    at += section_header_size + section.data.size();
    out.sections.push_back(section);
  }
  if (at != file.size())
    return fail(Reject::trailing_bytes, std::to_string(file.size() - at) + " bytes after the last section", "none");
  if (const std::uint32_t crc = file_crc(file); crc != header.crc)
    return fail(Reject::malformed, "CRC-32 " + std::to_string(crc),
                std::to_string(header.crc) + ", as the header says");
  GLOVEBOX_CHECK(check(out));
  return out;
}

std::size_t section_offset(const Eif& eif, std::size_t i) {
  std::size_t at = eif_header_size;
  for (std::size_t k = 0; k < i; ++k) at += section_header_size + eif.sections[k].data.size();
  return at;
}

Bytes write_eif(const Eif& eif) {
  Writer out;
  out.bytes(view_of(magic)).u16be(eif_version).u16be(eif.architecture == Architecture::aarch64 ? flag_aarch64 : 0);
  out.u64be(eif.default_memory).u64be(eif.default_cpus).zeros(2);
  out.u16be(static_cast<std::uint16_t>(eif.sections.size()));
  for (std::size_t i = 0; i < sections_max; ++i) out.u64be(i < eif.sections.size() ? section_offset(eif, i) : 0);
  for (std::size_t i = 0; i < sections_max; ++i) out.u64be(i < eif.sections.size() ? eif.sections[i].data.size() : 0);
  out.zeros(4).u32be(0);
  for (const auto& [type, data] : eif.sections)
    out.u16be(static_cast<std::uint16_t>(type)).u16be(0).u64be(data.size()).bytes(data);
  Bytes file = out.take();
  const Bytes crc = Writer().u32be(file_crc(file)).take();
  std::ranges::copy(crc, file.begin() + crc_offset);
  return file;
}

}  // namespace glovebox::image
