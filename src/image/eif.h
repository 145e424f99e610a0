// eif.h: an Enclave Image File, version 4: what a Nitro Enclave is started from. A header of 548 bytes, then sections
// one right after the other: the kernel, its command line, metadata, ramdisks, perhaps a signature. All integers are
// big-endian. Source: aws-nitro-enclaves-image-format, README.md and src/defs/mod.rs.
//
// The platform measures the sections' data without their lengths, and readers differ in what they let pass. parse_eif
// takes only files that have one reading: write_eif of what it returns is the file again, byte for byte.
#pragma once
#include <optional>

#include "base/bytes.h"

namespace glovebox::image {

constexpr std::size_t eif_header_size = 548;
constexpr std::size_t section_header_size = 12;
constexpr std::size_t sections_max = 32;
constexpr std::uint16_t eif_version = 4;
constexpr std::size_t eif_size_max = std::size_t{1} << 30;
constexpr std::size_t command_line_max = 2047;        // Linux on x86-64: COMMAND_LINE_SIZE less its NUL
constexpr std::size_t signature_section_max = 32768;  // as the format says
constexpr std::size_t metadata_max = std::size_t{1} << 20;

enum class Architecture : std::uint8_t { x86_64, aarch64 };
std::string_view name(Architecture architecture);

enum class SectionType : std::uint16_t { kernel = 1, command_line = 2, ramdisk = 3, signature = 4, metadata = 5 };
std::string_view name(SectionType type);

// Section is one section without its header; the data is borrowed.
struct Section {
  SectionType type;
  View data;
};

struct Eif {
  Architecture architecture = Architecture::x86_64;
  std::uint64_t default_memory = std::uint64_t{1} << 30;  // bytes; the platform uses neither
  std::uint64_t default_cpus = 2;
  std::vector<Section> sections = {};  // in file order

  View kernel() const;
  std::string_view command_line() const;
  std::vector<View> ramdisks() const;
  View metadata() const;
  std::optional<View> signature() const;
};

// check says whether the sections are what a version-4 image has: one kernel, then one command line (printable ASCII),
// at least one ramdisk, one metadata section behind the kernel, and a signature, if any, last. malformed,
// too_large.
Status check(const Eif& eif);

// parse_eif reads a whole file; the views borrow it. version_unsupported; truncated; trailing_bytes; too_large;
// malformed, also for borders that overlap or leave gaps, a wrong order or number of sections, and a wrong CRC-32.
Result<Eif> parse_eif(View file);

// write_eif writes the file of an image that `check` lets pass.
Bytes write_eif(const Eif& eif);

// section_offset is where section i's header lies in the file.
std::size_t section_offset(const Eif& eif, std::size_t i);

}  // namespace glovebox::image
