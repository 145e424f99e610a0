#include "image/cpio.h"

#include <random>

#include "base/cbor.h"
#include "crypto/cose.h"
#include "image/diff.h"
#include "image/image_testing.h"
#include "image/kernel.h"
#include "image/program.h"

namespace glovebox::image::test {
namespace {
using namespace std::string_literals;

TEST(Cpio, IsReadAsItWasWritten) {
  std::vector<CpioEntry> entries = {CpioEntry::folder("dev"), CpioEntry::character_device("dev/console", 5, 1),
                                    CpioEntry::file("init", view_of("program"), 0755)};
  const Bytes archive = write_cpio(entries);
  EXPECT_EQ(archive.size() % 4, 0U);
  EXPECT_EQ(parse_cpio(archive).value(), entries);
  EXPECT_EQ(read_ramdisk(gzip(archive)).value(), entries);
  std::ranges::reverse(entries);
  EXPECT_EQ(write_cpio(entries), archive) << "the order in which files are named does not matter";
  Bytes padded = archive;
  padded.resize(padded.size() + 512);
  EXPECT_TRUE(parse_cpio(padded));
}

TEST(Cpio, HostileArchivesAreRefusedByName) {
  const Bytes archive = write_cpio({CpioEntry::file("a", view_of("text"))});
  for (std::size_t size = 0; size < archive.size(); ++size) {
    const auto got = parse_cpio(View(archive).first(size));
    ASSERT_EQ(reason_of(got), size + 3 >= archive.size() && got ? "accepted" : "truncated") << size;
  }
  const auto changed = [&](std::size_t at, std::string_view text) {
    Bytes out = archive;
    std::ranges::copy(text, out.begin() + static_cast<std::ptrdiff_t>(at));
    return reason_of(parse_cpio(out));
  };
  EXPECT_EQ(changed(0, "070702"), "malformed");
  EXPECT_EQ(changed(6, "0000000g"), "malformed");
  EXPECT_EQ(changed(54, "ffffffff"), "truncated") << "a file of 4 GiB";
  EXPECT_EQ(changed(94, "ffffffff"), "too_large") << "a path of 4 GiB";
  EXPECT_EQ(changed(94, "00000000"), "too_large");
  EXPECT_EQ(changed(111, "x"), "malformed") << "a path without its NUL";
  for (const std::string path : {"/etc", "../a", "a/../b", "a//b", "./a", "a/"})
    EXPECT_EQ(reason_of(parse_cpio(write_cpio({CpioEntry::file(path, {})}))), "malformed") << path;
  EXPECT_EQ(reason_of(parse_cpio(write_cpio({CpioEntry::file("a", {}), CpioEntry::file("a", view_of("b"))}))),
            "malformed");
  Bytes behind = archive;
  behind.push_back(1);
  EXPECT_EQ(reason_of(parse_cpio(behind)), "trailing_bytes");
  EXPECT_EQ(changed(38, "00000002"), "malformed") << "one file of two names, which Linux writes over itself";
}

TEST(Ramdisk, WithASecondMemberIsRefused) {
  const Bytes good = gzip(write_cpio({CpioEntry::file("init", view_of("the one that is shown"))}));
  const Bytes other = gzip(write_cpio({CpioEntry::file("init", view_of("the one that Linux would run"))}));
  Bytes both = good;
  both.resize(both.size() + 4);
  EXPECT_TRUE(read_ramdisk(both));
  both.insert(both.end(), other.begin(), other.end());
  EXPECT_EQ(reason_of(read_ramdisk(both)), "trailing_bytes");
}

// A bzImage's header, and as many bytes as it says.
Bytes kernel_of(std::uint8_t setup_sectors, std::size_t paragraphs) {
  Bytes out((setup_sectors + 1U) * 512 + paragraphs * 16);
  out[0x1f1] = setup_sectors;
  for (std::size_t i = 0; i < 4; ++i) {
    out[0x1f4 + i] = static_cast<std::uint8_t>(paragraphs >> 8 * i);
    out[0x202 + i] = view_of("HdrS")[i];
  }
  return out;
}

TEST(Kernel, ThatHoldsTheCommandLinesBeginningMeasuresAlikeAndIsRefused) {
  Parts parts;
  parts.kernel = kernel_of(3, 40);
  EXPECT_TRUE(check_kernel_end(parts.kernel));
  const auto before = measure(parts.eif());
  const std::size_t moved = 9;  // "reboot=k "
  Parts others = parts;
  const View start = view_of(parts.command_line).first(moved);
  others.kernel.insert(others.kernel.end(), start.begin(), start.end());
  others.command_line = parts.command_line.substr(moved);
  EXPECT_EQ(measure(others.eif()), before) << "the platform knows no border between kernel and command line";
  EXPECT_EQ(reason_of(check_kernel_end(others.kernel)), "malformed");
  EXPECT_EQ(reason_of(check_kernel_end(View(parts.kernel).first(parts.kernel.size() - 1))), "malformed");
  EXPECT_TRUE(check_kernel_end(view_of("another kind of kernel")));
}

TEST(Program, IsStaticAndForTheImagesProcessor) {
  Bytes program(64 + 2 * 56);
  std::ranges::copy(view_of("\x7f"
                            "ELF\x02\x01\x01"),
                    program.begin());
  program[18] = 62;
  program[32] = 64;  // where the program headers are
  program[54] = 56;
  program[56] = 2;
  program[64] = 1;
  EXPECT_TRUE(check_program(program, Architecture::x86_64, "a"));
  EXPECT_EQ(reason_of(check_program(program, Architecture::aarch64, "a")), "type_unsupported");
  EXPECT_EQ(reason_of(check_program(view_of("#!/bin/sh"), Architecture::x86_64, "a")), "type_unsupported");
  program[64 + 56] = 3;
  EXPECT_EQ(reason_of(check_program(program, Architecture::x86_64, "a")), "type_unsupported") << "it needs a loader";
  program[56] = 3;
  EXPECT_EQ(reason_of(check_program(program, Architecture::x86_64, "a")), "truncated");
  program[39] = 0xff;
  EXPECT_EQ(reason_of(check_program(program, Architecture::x86_64, "a")), "truncated") << "a table near 2^64";
}

TEST(Gzip, IsBoundedAndTheSameEachTime) {
  std::mt19937 random(1);
  Bytes bytes(1'000'000);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random() % 7);
  const Bytes packed = gzip(bytes);
  EXPECT_EQ(packed, gzip(bytes));
  EXPECT_EQ(gunzip(packed, bytes.size(), Behind::zeros).value(), bytes);
  EXPECT_EQ(reason_of(gunzip(packed, bytes.size() - 1, Behind::zeros)), "too_large");
  EXPECT_EQ(reason_of(gunzip(View(packed).first(packed.size() - 1), bytes.size(), Behind::zeros)), "truncated");
  Bytes damaged = packed;
  damaged[damaged.size() - 6] ^= 1;
  EXPECT_EQ(reason_of(gunzip(damaged, bytes.size(), Behind::zeros)), "compression_invalid");
  EXPECT_TRUE(gunzip(gzip({}), 0, Behind::zeros).value().empty());
  Bytes longer = packed;
  longer.push_back(1);
  EXPECT_EQ(gunzip(longer, bytes.size(), Behind::ignored).value(), bytes);
  EXPECT_EQ(reason_of(gunzip(longer, bytes.size(), Behind::zeros)), "trailing_bytes");
}

TEST(ImageMetadata, IsReadAndBounded) {
  const std::string text = write_metadata(metadata);
  EXPECT_EQ(parse_metadata(view_of(text)).value(), metadata);
  const auto reason = [](const std::string& t) { return reason_of(parse_metadata(view_of(t))); };
  EXPECT_EQ(reason(""), "malformed");
  EXPECT_EQ(reason("[]"), "malformed");
  EXPECT_EQ(reason("{}"), "malformed");
  EXPECT_EQ(reason(text + "x"), "malformed");
  EXPECT_EQ(reason(std::string(200'000, '[')), "too_deep");
  EXPECT_EQ(reason("{\"DockerInfo\":" + std::string(33, '[') + std::string(33, ']') + "}"), "too_deep");
  EXPECT_EQ(reason(R"({"ImageName":1,"ImageVersion":"1","BuildMetadata":{}})"), "malformed");
}

class ImageSignatures : public testing::Test {
 protected:
  Parts parts_;
  Signer signer_;
  Eif eif_ = parts_.eif();
  Bytes section_ = signer_.section(eif_);
};

TEST_F(ImageSignatures, AreVerifiedAndMeasured) {
  const Bytes file = write_eif(with_signature(eif_, section_));
  const auto image = inspect(file);
  ASSERT_TRUE(image) << describe(image.error());
  EXPECT_EQ(image->measurements.pcr8, attestation::measure(signer_.certificate));
  EXPECT_EQ(image->measurements.pcr0, measure(eif_).pcr0) << "a signature changes no other register";
  const Signer another;
  const Eif again = with_signature(image->eif, another.section(eif_));
  EXPECT_EQ(again.sections.size(), image->eif.sections.size()) << "it takes the place of the one before";
}

TEST_F(ImageSignatures, OfAnotherImageOrRegisterAreRefused) {
  Parts others;  // an Eif is a view of its parts: those of eif_ stay as they are
  others.command_line += " debug";
  const Eif other = others.eif();
  EXPECT_EQ(reason_of(inspect(write_eif(with_signature(other, section_)))), "signature_invalid");
  // over another register
  cbor::Writer statement;
  statement.map(2).tstr("register_index").uint(8).tstr("register_value").array(48);
  for (const std::uint8_t byte : measure(eif_).pcr0) statement.uint(byte);
  const ImageSignature over_pcr8{.certificate = crypto::Certificate::parse(signer_.certificate).value(),
                                 .cose = crypto::cose_sign1(signer_.key, statement.view(), {})};
  EXPECT_EQ(reason_of(verify_signature(over_pcr8, measure(eif_).pcr0)), "signature_invalid");
  EXPECT_EQ(reason_of(sign(crypto::EcKey::generate(), pem(signer_.certificate), measure(eif_).pcr0)),
            "certificate_invalid");
}

TEST_F(ImageSignatures, HostileSectionsAreRefused) {
  for (std::size_t size = 0; size < section_.size(); size += 7)
    ASSERT_EQ(reason_of(parse_signature(View(section_).first(size))), "truncated") << size;
  Bytes longer = section_;
  longer.push_back(0);
  EXPECT_EQ(reason_of(parse_signature(longer)), "trailing_bytes");
  EXPECT_EQ(reason_of(parse_signature(Bytes(signature_section_max + 1))), "too_large");
  const auto hostile = [](auto write) {
    cbor::Writer out;
    write(out);
    return reason_of(parse_signature(out.view()));
  };
  EXPECT_EQ(hostile([](cbor::Writer& w) { w.array(0); }), "malformed");
  EXPECT_EQ(hostile([](cbor::Writer& w) { w.array(2).map(0).map(0); }), "malformed");
  EXPECT_EQ(hostile([](cbor::Writer& w) { w.array(1).map(0); }), "malformed");
  EXPECT_EQ(hostile([](cbor::Writer& w) { w.array(1).map(1).tstr("else").uint(1); }), "malformed");
  // Bytes of the certificate may differ, since nothing signs it here, and PCR8 differs with them; its key may not.
  for (std::size_t at = 0; at < section_.size(); at += 3) {
    Bytes flipped = section_;
    flipped[at] ^= 1;
    const auto read = parse_signature(flipped);
    if (!read || !verify_signature(*read, measure(eif_).pcr0)) continue;
    EXPECT_TRUE(read->certificate.ec_public_key().value() == signer_.key.public_key()) << at;
    EXPECT_EQ(read->cose, parse_signature(section_)->cose) << at;
  }
}

// A kernel as far as this layer reads one: a boot header, and a packed payload with a configuration in it.
Bytes kernel(const std::string& config, const std::string& version) {
  Bytes unpacked = to_bytes(view_of("code IKCFG_ST"));
  const Bytes packed = gzip(view_of(config));
  unpacked.insert(unpacked.end(), packed.begin(), packed.end());
  std::ranges::copy("IKCFG_ED"s, std::back_inserter(unpacked));
  const Bytes payload = gzip(unpacked);
  Bytes out(1024);
  out[0x1f1] = 1;
  std::ranges::copy("HdrS"s, out.begin() + 0x202);
  out[0x20e] = 0x80;  // the version lies at 512 + 0x180
  out[0x20f] = 1;
  std::ranges::copy(version, out.begin() + 512 + 0x180);
  for (std::size_t i = 0; i < 4; ++i) out[0x24c + i] = static_cast<std::uint8_t>(payload.size() >> (8 * i));
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

TEST(Kernel, SaysItsVersionAndConfiguration) {
  const Bytes one = kernel("CONFIG_SMP=y\n", "6.12.1 (glovebox)");
  EXPECT_EQ(kernel_version(one).value(), "6.12.1 (glovebox)");
  EXPECT_EQ(kernel_config(one).value(), "CONFIG_SMP=y\n");
  for (std::size_t size = 0; size < one.size(); size += 5) (void)kernel_config(View(one).first(size));
  EXPECT_EQ(reason_of(kernel_config(view_of("no kernel"))), "unsupported");
  EXPECT_EQ(reason_of(kernel_version(view_of("no kernel"))), "malformed");
}

std::string say(const std::vector<Difference>& differences) {
  std::string out;
  for (const auto& [where, pcrs, lines] : differences) {
    out += where + " [";
    for (const std::uint8_t pcr : pcrs) out += std::to_string(pcr);
    out += "]";
    for (const std::string& line : lines) out += " " + line + ";";
    out += "\n";
  }
  return out;
}

class Differ : public testing::Test {
 protected:
  std::string changed(auto change) {
    Parts before;
    before.kernel = kernel("CONFIG_A=y\nCONFIG_B=1\n# CONFIG_C is not set\n", "one");
    Parts after = before;
    change(after);
    const Bytes a = before.file(), b = after.file();
    return say(differences(inspect(a).value(), inspect(b).value()));
  }
};

TEST_F(Differ, NamesWhatChanged) {
  EXPECT_EQ(changed([](Parts&) {}), "");
  EXPECT_EQ(changed([](Parts& p) { p.command_line = "reboot=k console=ttyS1"; }),
            "command line [01] 22 bytes in both; first at byte 21: \"reboot=k console=ttyS0\", then \"reboot=k "
            "console=ttyS1\";\n");
  const std::string options =
      changed([](Parts& p) { p.kernel = kernel("CONFIG_A=y\nCONFIG_B=2\nCONFIG_C=y\n", "two"); });
  EXPECT_NE(options.find("kernel [01]"), std::string::npos) << options;
  EXPECT_NE(options.find("version: one, then two;"), std::string::npos) << options;
  EXPECT_NE(options.find("option CONFIG_B: 1, then 2; option CONFIG_C: not set, then y;"), std::string::npos)
      << options;
  EXPECT_EQ(changed([](Parts& p) {
              p.ramdisks[1] =
                  write_cpio({CpioEntry::folder("models"), CpioEntry::file("models/a.glovebox", view_of("a mOdel"))});
            }),
            "ramdisk 2 [02] models/a.glovebox: 7 bytes in both; first at byte 3: 6f64656c, then 4f64656c;\n");
  EXPECT_EQ(changed([](Parts& p) { p.ramdisks[1] = gzip(p.ramdisks[1]); }).find("ramdisk 2 [02]"), 0U);
  EXPECT_NE(changed([](Parts& p) { p.ramdisks[1] = gzip(p.ramdisks[1]); }).find("files: the same"), std::string::npos);
  EXPECT_EQ(changed([](Parts& p) { p.ramdisks.pop_back(); }).find("ramdisk 2 [02] only in the first"), 0U);
  Metadata later = metadata;
  later.build_time = "2026-01-01T00:00:00Z";
  EXPECT_EQ(changed([&](Parts& p) { p.meta = write_metadata(later); }),
            "metadata [] build time: 1970-01-01T00:00:00Z, then 2026-01-01T00:00:00Z;\n");
  EXPECT_NE(changed([](Parts& p) {
              p.ramdisks[0] = gzip(write_cpio({CpioEntry::file("init", view_of("an init"), 0700),
                                               CpioEntry::file("bin/sh", view_of("a shell"), 0755)}));
            })
                .find("bin/sh: only in the second, 7 bytes, mode 100755; init: 7 bytes, mode 100755, then 7 bytes, "
                      "mode 100700;"),
            std::string::npos);
}

}  // namespace
}  // namespace glovebox::image::test
