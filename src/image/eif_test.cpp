#include "image/eif.h"

#include <zlib.h>

#include <functional>
#include <random>

#include "attestation/pcr.h"
#include "image/image_testing.h"

namespace glovebox::image::test {
namespace {

void put(Bytes& file, std::size_t at, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) file[at + i] = static_cast<std::uint8_t>(value >> (8 * (size - 1 - i)));
}

// mend makes the checksum right again, so that what comes after it is looked at.
void mend(Bytes& file) {
  auto crc = ::crc32_z(0, file.data(), 0x220);
  crc = ::crc32_z(crc, file.data() + 0x224, file.size() - 0x224);
  put(file, 0x220, crc, 4);
}

TEST(Eif, IsReadAsItWasWritten) {
  const Parts parts;
  const Bytes file = parts.file();
  const auto eif = parse_eif(file);
  ASSERT_TRUE(eif) << describe(eif.error());
  EXPECT_EQ(text_of(eif->kernel()), "a kernel");
  EXPECT_EQ(eif->command_line(), parts.command_line);
  EXPECT_EQ(eif->ramdisks().size(), 2U);
  EXPECT_FALSE(eif->signature());
  EXPECT_EQ(write_eif(*eif), file);
  EXPECT_EQ(section_offset(*eif, 0), eif_header_size);
}

TEST(Eif, EveryShorterPrefixIsTruncated) {
  const Bytes file = Parts().file();
  for (std::size_t size = 0; size < file.size(); ++size)
    ASSERT_EQ(reason_of(parse_eif(View(file).first(size))), "truncated") << size;
  Bytes longer = file;
  longer.push_back(0);
  EXPECT_EQ(reason_of(parse_eif(longer)), "trailing_bytes");
}

TEST(Eif, EveryFlippedBitIsRefused) {
  const Bytes file = Parts().file();
  for (std::size_t at = 0; at < file.size(); ++at) {
    Bytes flipped = file;
    flipped[at] ^= static_cast<std::uint8_t>(1U << (at % 8));
    ASSERT_FALSE(parse_eif(flipped)) << at;
  }
}

struct Hostile {
  std::string what;
  std::string reason;
  std::function<void(Bytes&)> change;  // of the file; its checksum is made right after it
};

TEST(Eif, HostileHeadersAreRefusedByName) {
  constexpr std::size_t offsets = 0x1c, sizes = 0x11c, count = 0x1a;
  constexpr std::size_t first = eif_header_size;
  const std::vector<Hostile> cases = {
      {"another magic", "malformed", [](Bytes& f) { f[0] = 'E'; }},
      {"version 0", "version_unsupported", [](Bytes& f) { put(f, 4, 0, 2); }},
      {"version 2, without metadata", "version_unsupported", [](Bytes& f) { put(f, 4, 2, 2); }},
      {"version 3", "version_unsupported", [](Bytes& f) { put(f, 4, 3, 2); }},
      {"version 5", "version_unsupported", [](Bytes& f) { put(f, 4, 5, 2); }},
      {"version 65535", "version_unsupported", [](Bytes& f) { put(f, 4, 65535, 2); }},
      {"an unknown flag", "malformed", [](Bytes& f) { put(f, 6, 2, 2); }},
      {"every flag", "malformed", [](Bytes& f) { put(f, 6, 65535, 2); }},
      {"a reserved byte", "malformed", [](Bytes& f) { f[0x18] = 1; }},
      {"the other reserved bytes", "malformed", [](Bytes& f) { f[0x21f] = 1; }},
      {"no section", "malformed", [](Bytes& f) { put(f, count, 0, 2); }},
      {"one section", "malformed", [](Bytes& f) { put(f, count, 1, 2); }},
      {"33 sections", "malformed", [](Bytes& f) { put(f, count, 33, 2); }},
      {"65535 sections", "malformed", [](Bytes& f) { put(f, count, 65535, 2); }},
      {"fewer sections than there are", "malformed", [](Bytes& f) { put(f, count, 4, 2); }},
      {"more sections than there are", "malformed", [](Bytes& f) { put(f, count, 6, 2); }},
      {"an entry beyond the last section", "malformed", [](Bytes& f) { put(f, offsets + 8 * 31, 1, 8); }},
      {"a size beyond the last section", "malformed", [](Bytes& f) { put(f, sizes + 8 * 31, 1, 8); }},
      {"the first section within the header", "malformed", [](Bytes& f) { put(f, offsets, 0, 8); }},
      {"the first section behind a gap", "malformed", [](Bytes& f) { put(f, offsets, first + 1, 8); }},
      {"two sections at one place", "malformed", [](Bytes& f) { put(f, offsets + 8, first, 8); }},
      {"a section that overlaps the one before", "malformed", [](Bytes& f) { put(f, offsets + 8, first + 12, 8); }},
      {"an offset near 2^64", "malformed", [](Bytes& f) { put(f, offsets + 8, ~std::uint64_t{0}, 8); }},
      {"an offset of 2^63", "malformed", [](Bytes& f) { put(f, offsets + 8, std::uint64_t{1} << 63, 8); }},
      {"sections in another order than their table", "malformed",
       [](Bytes& f) {
         for (std::size_t i = 0; i < 8; ++i) std::swap(f[offsets + i], f[offsets + 8 + i]);
       }},
      {"a size of 2^64 - 1 in the table alone", "malformed", [](Bytes& f) { put(f, sizes, ~std::uint64_t{0}, 8); }},
      {"a size of 2^64 - 1", "truncated",
       [](Bytes& f) {
         put(f, sizes, ~std::uint64_t{0}, 8);
         put(f, first + 4, ~std::uint64_t{0}, 8);
       }},
      {"a size that wraps around to the next section", "truncated",
       [](Bytes& f) {
         put(f, sizes, ~std::uint64_t{0} - 11, 8);
         put(f, first + 4, ~std::uint64_t{0} - 11, 8);
       }},
      {"a size of 0 in the section's own header", "malformed", [](Bytes& f) { put(f, first + 4, 0, 8); }},
      {"one byte more in the section's own header", "malformed", [](Bytes& f) { put(f, first + 4, 9, 8); }},
      {"one byte more in both", "malformed",
       [](Bytes& f) {
         put(f, sizes, 9, 8);
         put(f, first + 4, 9, 8);
       }},
      {"a section of type 0", "malformed", [](Bytes& f) { put(f, first, 0, 2); }},
      {"a section of type 6", "malformed", [](Bytes& f) { put(f, first, 6, 2); }},
      {"a section of type 65535", "malformed", [](Bytes& f) { put(f, first, 65535, 2); }},
      {"a section with flags", "malformed", [](Bytes& f) { put(f, first + 2, 1, 2); }},
      {"no kernel", "malformed", [](Bytes& f) { put(f, first, 5, 2); }},
      {"bytes behind the last section", "trailing_bytes", [](Bytes& f) { f.resize(f.size() + 12); }},
  };
  for (const auto& [what, reason, change] : cases) {
    Bytes file = Parts().file();
    change(file);
    mend(file);
    EXPECT_EQ(reason_of(parse_eif(file)), reason) << what;
  }
  Bytes file = Parts().file();
  file[0x223] ^= 1;
  EXPECT_EQ(reason_of(parse_eif(file)), "malformed") << "a wrong checksum";
}

TEST(Eif, HostileSectionsAreRefusedByName) {
  const Parts parts;
  const Section kernel{SectionType::kernel, parts.kernel};
  const Section line{SectionType::command_line, view_of(parts.command_line)};
  const Section meta{SectionType::metadata, view_of(parts.meta)};
  const Section disk{SectionType::ramdisk, parts.ramdisks[0]};
  const Section signature{SectionType::signature, parts.kernel};
  const Bytes big(std::size_t{2} << 20, 'x');
  const std::string long_line(command_line_max + 1, 'x');
  const std::string nul = std::string("a\0b", 3);
  const struct {
    std::string what, reason;
    std::vector<Section> sections;
  } cases[] = {
      {"no command line", "malformed", {kernel, meta, disk}},
      {"no metadata", "malformed", {kernel, line, disk}},
      {"no ramdisk", "malformed", {kernel, line, meta}},
      {"two kernels", "malformed", {kernel, kernel, line, meta, disk}},
      {"two command lines", "malformed", {kernel, line, line, meta, disk}},
      {"two metadata", "malformed", {kernel, line, meta, meta, disk}},
      {"two signatures", "malformed", {kernel, line, meta, disk, signature, signature}},
      {"the command line first", "malformed", {line, kernel, meta, disk}},
      {"metadata first", "malformed", {meta, kernel, line, disk}},
      {"a ramdisk first", "malformed", {disk, kernel, line, meta}},
      {"a ramdisk before the command line", "malformed", {kernel, disk, line, meta}},
      {"a ramdisk behind the signature", "malformed", {kernel, line, meta, signature, disk}},
      {"an empty kernel", "malformed", {{SectionType::kernel, {}}, line, meta, disk}},
      {"an empty ramdisk", "malformed", {kernel, line, meta, {SectionType::ramdisk, {}}}},
      {"an empty signature", "malformed", {kernel, line, meta, disk, {SectionType::signature, {}}}},
      {"a command line with a NUL", "malformed", {kernel, {SectionType::command_line, view_of(nul)}, meta, disk}},
      {"a command line with a newline",
       "malformed",
       {kernel, {SectionType::command_line, view_of("a\nb")}, meta, disk}},
      {"a command line beyond Linux's",
       "too_large",
       {kernel, {SectionType::command_line, view_of(long_line)}, meta, disk}},
      {"a signature beyond the format's", "too_large", {kernel, line, meta, disk, {SectionType::signature, big}}},
      {"metadata beyond 1 MiB", "too_large", {kernel, line, {SectionType::metadata, big}, disk}},
  };
  for (const auto& [what, reason, sections] : cases) {
    const Eif eif{.sections = sections};
    EXPECT_EQ(reason_of(check(eif)), reason) << what;
    EXPECT_EQ(reason_of(parse_eif(write_eif(eif))), reason) << what;
  }
  EXPECT_TRUE(check({.sections = {kernel, line, meta, disk}}));
  EXPECT_TRUE(check({.sections = {kernel, meta, line, disk, disk, signature}}));
}

TEST(Measure, RegistersAreOverWhatTheFormatSays) {
  const Parts parts;
  const Eif eif = parts.eif();
  const auto joined = [](std::initializer_list<View> all) { return attestation::measure(concat(all)); };
  const View line = view_of(parts.command_line);
  const Measurements two = measure(eif);
  EXPECT_EQ(two.pcr0, joined({parts.kernel, line, parts.ramdisks[0], parts.ramdisks[1]}));
  EXPECT_EQ(two.pcr1, joined({parts.kernel, line, parts.ramdisks[0]}));
  EXPECT_EQ(two.pcr2, joined({parts.ramdisks[1]}));
  EXPECT_FALSE(two.pcr8);
  Parts one_disk = parts;
  one_disk.ramdisks.pop_back();
  const Measurements one = measure(one_disk.eif());
  EXPECT_EQ(one.pcr2, attestation::no_ramdisk());
  EXPECT_EQ(one.pcr0, one.pcr1);
  Parts other_metadata = parts;
  other_metadata.meta += " ";
  EXPECT_EQ(measure(other_metadata.eif()), two);
}

TEST(Measure, SyntheticImagesAsAnIndependentProgramMeasuredThem) {
  const auto folder = shared() / "vectors/nitro/eif-synthetic";
  GLOVEBOX_NEEDS(folder / "expected.json");
  const std::string expected(text_of(read(folder / "expected.json")));
  for (const std::string name : {"unsigned.eif", "signed.eif", "one-ramdisk.eif"}) {
    SCOPED_TRACE(name);
    const Bytes file = read(folder / name);
    const auto image = inspect(file);
    ASSERT_TRUE(image) << describe(image.error());
    const std::string part = expected.substr(expected.find("\"" + name + "\""), 900);
    const auto says = [&](std::string_view pcr, const attestation::Pcr& value) {
      EXPECT_NE(part.substr(0, part.find('}')).find("\"" + std::string(pcr) + "\": \"" + to_hex(value)),
                std::string::npos)
          << pcr;
    };
    says("PCR0", image->measurements.pcr0);
    says("PCR1", image->measurements.pcr1);
    says("PCR2", image->measurements.pcr2);
    EXPECT_EQ(image->signature.has_value(), name == "signed.eif");
    if (image->measurements.pcr8) says("PCR8", *image->measurements.pcr8);
    EXPECT_EQ(write_eif(image->eif), file);
  }
  EXPECT_EQ(reason_of(parse_eif(read(folder / "bad-crc.eif"))), "malformed");
}

}  // namespace
}  // namespace glovebox::image::test
