// What is picked is what the reference finds in the whole file, or the whole file is asked for.
#include "scan/picked_testing.h"

#include <cstdlib>
#include <fstream>

namespace glovebox::scan {
namespace {
using namespace test;
using genome::Absence;
using genome::Extracted;
using genome::InputKind;
using genome::Options;
using genome::Panel;

constexpr PickOptions never_dense = {.dense_blocks = 0};

Options options(InputKind kind, Absence absence = Absence::homref) {
  return {.build = genome::Build::grch37,
          .rules = {.kind = kind, .absence = absence, .sex = genome::Sex::female, .keep_matches = true}};
}

Result<Picked> pick_from(const Panel& panel, View file, View index, const Options& how,
                         const PickOptions& bounds = never_dense) {
  MemorySource vcf(file);
  MemorySource beside(index);
  return pick(vcf, index.empty() ? nullptr : &beside, panel, how, bounds);
}

std::string notes(const Picked& picked) {
  std::string out;
  for (const std::string& note : picked.notes) out += note + "\n";
  return out;
}

// agrees: nothing picked, or the same as in the whole file.
testing::AssertionResult agrees(const Result<Picked>& picked, const Result<Extracted>& whole) {
  if (!picked) {
    if (!whole && whole.error().reason == picked.error().reason) return testing::AssertionSuccess();
    return testing::AssertionFailure() << describe(picked.error()) << "\nwhole: " << said(whole);
  }
  if (!picked->extracted) return testing::AssertionSuccess();
  if (said(*picked->extracted) == said(whole)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << name(picked->way) << ": " << said(*picked->extracted)
                                     << "\n\nwhole: " << said(whole);
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

TEST(Picked, AgreesWithTheWholeFileOnMadeFiles) {
  Random random(20'251'122);
  std::map<Way, int> ways;
  for (int round = 0; round < 1000; ++round) {
    const Kind kind = round % 3 == 2 ? Kind::gvcf : Kind::variants;
    Made file = made(random, kind, 20 + below(random, 400), 1 + below(random, 12));
    if (one_in(random, 10)) file.text = with_crlf(file.text);
    const Panel sites = panel(file.sites);
    const std::size_t block = 100 + below(random, one_in(random, 2) ? 900 : 8000);
    // Sometimes joined from two files, so that an end-of-file marker stands in the middle.
    const View text = view_of(file.text);
    const std::size_t cut = one_in(random, 5) ? below(random, text.size()) : 0;
    const Bytes packed = concat({bgzf(text.first(cut), block), bgzf(text.subspan(cut), block)});
    const Options how = options(kind == Kind::gvcf && !one_in(random, 5) ? InputKind::gvcf : InputKind::wgs_vcf,
                                one_in(random, 3) ? Absence::missing : Absence::homref);
    const auto whole = extract(sites, packed, how);
    const PickOptions bounds = {.dense_blocks = 0, .look_back = one_in(random, 2) ? 1000U : 1U << 16};
    for (const Bytes& index : {Bytes{}, tbi(packed), csi(packed, 14, 6), csi(packed, 9, 7)}) {
      const auto picked = pick_from(sites, packed, index, how, bounds);
      ASSERT_TRUE(agrees(picked, whole)) << "round " << round << (index.empty() ? " search" : " index");
      if (picked) ++ways[picked->way];
      if (index.empty() || !picked) continue;
      ASSERT_EQ(picked->way, Way::index) << notes(*picked) << "round " << round << "\n" << file.text;
    }
  }
  // Every way is taken often; a search that gave up always would agree too.
  EXPECT_GT(ways[Way::index], 2000);
  EXPECT_GT(ways[Way::block_search], 200);
  EXPECT_GT(ways[Way::whole_file], 100);
}

// made_with writes one row of each kind far apart, with many rows between, and asks at one place.
std::string many(std::uint64_t from, std::uint64_t step, int rows, const std::string& contig = "1") {
  std::string out;
  for (int i = 0; i < rows; ++i)
    out += contig + "\t" + std::to_string(from + step * static_cast<std::uint64_t>(i)) +
           "\t.\tA\tG\t.\tPASS\tDP=30;AC=1\tGT\t0/1\n";
  return out;
}
std::string head() {
  return head37 + columns;
}

TEST(Picked, ADeletionAndABlockThatBeginFarBeforeASite) {
  const Panel sites = panel({site("1", 5'000'000, "C", "T", genome::ReferenceAllele::effect)});
  const std::string block = "1\t1000000\t.\tA\t<NON_REF>\t.\tPASS\tEND=6000000\tGT:GQ\t0/0:50\n";
  const std::string text = head() + many(999'000, 1, 100) + block + many(1'000'001, 1000, 5000);
  const Bytes file = bgzf(view_of(text), 700);
  for (const InputKind kind : {InputKind::gvcf, InputKind::wgs_vcf}) {
    const Options how = options(kind);
    const auto whole = extract(sites, file, how);
    const auto picked = pick_from(sites, file, tbi(file), how);
    ASSERT_TRUE(picked && picked->extracted);
    EXPECT_EQ(picked->way, Way::index);
    EXPECT_TRUE(agrees(picked, whole));
    EXPECT_LT(picked->blocks_read, 40U);  // of some 300
  }
}

TEST(Picked, ASearchThatSeesALongRowGivesUp) {
  const Panel sites = panel({site("1", 5'000'000, "C", "T", genome::ReferenceAllele::effect)});
  const std::string rows = many(1'000'001, 1000, 3000) + "1\t4000500\t.\tA\t<DEL>\t.\tPASS\tEND=5000100\tGT\t0/1\n" +
                           many(4'001'001, 1000, 2000);
  const Bytes file = bgzf(view_of(head() + rows), 700);
  // The row lies in a block that the search does not look at unless it looks back that far.
  const auto looked =
      pick_from(sites, file, {}, options(InputKind::wgs_vcf), {.dense_blocks = 0, .look_back = 1'000'000});
  ASSERT_TRUE(looked);
  EXPECT_EQ(looked->way, Way::whole_file) << said(*looked->extracted);
  // A header that speaks of such rows ends it before.
  const Bytes told = bgzf(view_of(head37 + "##ALT=<ID=DEL,Description=\"x\">\n" + columns + rows), 700);
  const auto by_header = pick_from(sites, told, {}, options(InputKind::wgs_vcf));
  ASSERT_TRUE(by_header);
  EXPECT_EQ(by_header->way, Way::whole_file);
  EXPECT_LT(by_header->blocks_read, 10U);
  const auto by_index = pick_from(sites, told, tbi(told), options(InputKind::wgs_vcf));
  ASSERT_TRUE(by_index);
  EXPECT_EQ(by_index->way, Way::index);
  EXPECT_TRUE(agrees(by_index, extract(sites, told, options(InputKind::wgs_vcf))));
}

TEST(Picked, RowsWhoseEndNoIndexKnowsAreReadWhole) {
  const Panel sites = panel({site("1", 2'000'100, "C", "T", genome::ReferenceAllele::effect)});
  for (const std::string& row :
       {std::string("1\t2000050\t.\tA\t<DEL>\t.\tPASS\tSVLEN=-300\tGT\t0/1\n"),
        std::string("1\t2000050\t.\tA\t<NON_REF>\t.\tPASS\t.\tGT:LEN\t0/0:300\n"),
        std::string("1\t2000050\t.\t") + std::string(300, 'A') + "\tA\t.\tPASS\tEND=2000060\tGT\t0/1\n"}) {
    const std::string text = head() + many(1'000'001, 1000, 1000) + row + many(2'002'001, 1000, 1000);
    const Bytes file = bgzf(view_of(text), 700);
    const auto picked = pick_from(sites, file, tbi(file), options(InputKind::gvcf));
    ASSERT_TRUE(picked);
    EXPECT_EQ(picked->way, Way::whole_file) << row;
  }
}

TEST(Picked, AnIndexOfAnotherFileIsNotBelieved) {
  Random random(7);
  int refused = 0;
  for (int round = 0; round < 200; ++round) {
    const Made file = made(random, Kind::variants, 200, 8);
    const Panel sites = panel(file.sites);
    const std::size_t block = 200 + below(random, 3000);
    const Bytes packed = bgzf(view_of(file.text), block);
    const Options how = options(InputKind::wgs_vcf);
    const auto whole = extract(sites, packed, how);
    // Of the file as it was: with a row less or more somewhere, without its last rows, cut into other blocks.
    std::string before = file.text;
    const auto row_at = [&](std::size_t from) { return before.find('\n', from) + 1; };
    const std::size_t at = row_at(before.find("#CHROM") + below(random, before.size() - before.find("#CHROM") - 400));
    std::size_t other = block;
    switch (round % 4) {
      case 0:
        before.erase(at, row_at(at) - at);
        break;
      case 1:
        before.insert(at, before.substr(at, row_at(at) - at));
        break;
      case 2:
        before.resize(at);
        break;
      default:
        other = block + 1;
    }
    if (before.size() < 1000 || before == file.text + "x") continue;
    const Bytes index = tbi(bgzf(view_of(before), other));
    const auto picked = pick_from(sites, packed, index, how);
    ASSERT_TRUE(agrees(picked, whole)) << "round " << round;
    if (picked && picked->way != Way::index) {
      ++refused;
      EXPECT_NE(notes(*picked), "");
    }
  }
  EXPECT_GT(refused, 150);
}

TEST(Picked, AnIndexThatIsCutOrDamagedIsNotBelieved) {
  Random random(8);
  const Made file = made(random, Kind::variants, 300, 10);
  const Panel sites = panel(file.sites);
  const Bytes packed = bgzf(view_of(file.text), 1000);
  const Options how = options(InputKind::wgs_vcf);
  const auto whole = extract(sites, packed, how);
  const Bytes index = IndexWriter(Form::tbi, 14, 5).text(packed);
  for (std::size_t size = 0; size < index.size() - 8; size += 1 + index.size() / 200) {
    const auto picked = pick_from(sites, packed, bgzf(View(index).first(size), 60'000), how);
    ASSERT_TRUE(agrees(picked, whole));
    ASSERT_TRUE(!picked || picked->way != Way::index) << size;
  }
  for (int round = 0; round < 300; ++round) {
    Bytes changed = index;
    changed[below(random, changed.size())] ^= static_cast<std::uint8_t>(1U << below(random, 8));
    const auto picked = pick_from(sites, packed, bgzf(changed, 60'000), how);
    // A bit of an index that has its checksum right is not an accident; it must only do no harm to the program.
    ASSERT_TRUE(picked || !whole);
  }
  Bytes bits = bgzf(index, 60'000);
  for (std::size_t i = 20; i < bits.size() - 30; i += 7) {
    bits[i] ^= 4;
    const auto picked = pick_from(sites, packed, bits, how);
    ASSERT_TRUE(agrees(picked, whole));
    bits[i] ^= 4;
  }
}

TEST(Picked, DisorderThatIsSeenIsNotBelieved) {
  const Panel sites = panel({site("1", 1'500'001, "G", "A", genome::ReferenceAllele::other),
                             site("2", 1'500'001, "G", "A", genome::ReferenceAllele::other)});
  const auto way = [&](const std::string& rows) {
    const Bytes file = bgzf(view_of(head() + rows), 500);
    const auto picked = pick_from(sites, file, {}, options(InputKind::wgs_vcf));
    return picked ? picked->way : Way::index;
  };
  EXPECT_EQ(way(many(1'000'001, 1000, 2000) + many(1'000'001, 1000, 2000, "2")), Way::block_search);
  EXPECT_EQ(way(many(1'000'001, 1000, 1000) + many(1'000'001, 1000, 2000, "2") + many(2'000'001, 1000, 1000)),
            Way::whole_file);
  EXPECT_EQ(way(many(2'000'001, 1000, 1000) + many(1'000'001, 1000, 1000) + many(1'000'001, 1000, 2000, "2")),
            Way::whole_file);
}

TEST(Picked, ReadsLittle) {
  const Panel sites = panel({site("2", 1'500'001, "G", "A", genome::ReferenceAllele::other),
                             site("X", 1'200'001, "G", "A", genome::ReferenceAllele::other)});
  const std::string text =
      head() + many(1'000'001, 1000, 20'000) + many(1'000'001, 1000, 20'000, "2") + many(1'000'001, 1000, 20'000, "X");
  const Bytes file = bgzf(view_of(text), 2000);
  const auto by_index = pick_from(sites, file, tbi(file), options(InputKind::wgs_vcf));
  ASSERT_TRUE(by_index && by_index->extracted);
  EXPECT_LT(by_index->blocks_read, 20U);
  const auto searched = pick_from(sites, file, {}, options(InputKind::wgs_vcf));
  ASSERT_TRUE(searched && searched->extracted);
  EXPECT_EQ(searched->way, Way::block_search);
  EXPECT_LT(searched->blocks_read, 120U);  // of 1,500, 64 of them spot checks
  EXPECT_EQ(said(*by_index->extracted), said(*searched->extracted));
}

TEST(Picked, WhatTheHeaderOrTheEndRefusesIsRefused) {
  const Panel sites = panel({site("1", 1'500'001, "G", "A", genome::ReferenceAllele::other)});
  const std::string text = head() + many(1'000'001, 1000, 1000);
  const Options how = options(InputKind::wgs_vcf);
  EXPECT_EQ(reason_of(pick_from(sites, bgzf(view_of(text), 900, false), {}, how)), "truncated");
  Options other = how;
  other.sample = "nobody";
  EXPECT_EQ(reason_of(pick_from(sites, bgzf(view_of(text), 900), {}, other)), "sample_unknown");
  other = how;
  other.build = genome::Build::grch38;
  EXPECT_EQ(reason_of(pick_from(sites, bgzf(view_of(text), 900), {}, other)), "build_mismatch");
  const Panel beside = panel({site("1", 1'500'002, "G", "A", genome::ReferenceAllele::other)});
  other = options(InputKind::wgs_vcf, Absence::undeclared);
  EXPECT_EQ(reason_of(pick_from(beside, bgzf(view_of(text), 900), {}, other)), "absence_undeclared");
  const auto plain = pick_from(sites, view_of(text), {}, how);
  EXPECT_TRUE(plain && plain->way == Way::whole_file);
  const auto gzip = pick_from(sites, gzip_member(view_of(text), false), {}, how);
  EXPECT_TRUE(gzip && gzip->way == Way::whole_file);
  const auto dense = pick_from(sites, bgzf(view_of(text), 900), {}, how, {.dense_blocks = 1 << 20});
  EXPECT_TRUE(dense && dense->way == Way::whole_file);
  const auto empty = pick_from(sites, bgzf(view_of(head()), 900), {}, how);
  EXPECT_TRUE(agrees(empty, extract(sites, bgzf(view_of(head()), 900), how)));
}

// Every BGZF VCF that real tools and people made, with the index beside it if there is one, and with ours.
TEST(Picked, AgreesWithTheWholeFileOnRealFiles) {
  GLOVEBOX_NEEDS(shared() / "data");
  namespace fs = std::filesystem;
  Random random(9);
  std::map<Way, int> ways;
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(shared() / "data")) {
    const fs::path path = entry.path();
    if (!path.string().ends_with(".vcf.gz")) continue;
    ++files;
    const Bytes file = read(path);
    // A panel of what stands in some of its rows, and beside it.
    std::vector<genome::Site> at;
    std::vector<std::string> samples;
    genome::VcfStream stream({.meta = {},
                              .header = [&](const genome::Line&, const genome::Header& header) -> Status {
                                samples = header.samples;
                                return {};
                              },
                              .body = [&](const genome::Line& line) -> Status {
                                const auto row = glance_of(line.text);
                                if (row) at.push_back(*row);
                                return {};
                              }});
    if (!stream.feed(file) || !stream.finish()) continue;
    std::ranges::shuffle(at, random);
    if (at.size() > 20) at.resize(20);
    for (const genome::Build build : {genome::Build::grch37, genome::Build::grch38}) {
      const auto made = Panel::create(build, at);
      if (!made) continue;
      Options how = options(InputKind::wgs_vcf, Absence::missing);
      how.build = build;
      if (!samples.empty()) how.sample = samples.back();
      const auto whole = extract(*made, file, how);
      std::vector<Bytes> indexes = {{}};
      for (const char* suffix : {".tbi", ".csi"})
        if (fs::exists(path.string() + suffix)) indexes.push_back(read(path.string() + suffix));
      if (whole) indexes.push_back(tbi(file));
      for (const Bytes& index : indexes) {
        const auto picked = pick_from(*made, file, index, how);
        if (picked) ++ways[picked->way];
        if (!whole) continue;  // what is not well formed elsewhere in the file goes unseen
        EXPECT_TRUE(agrees(picked, whole)) << path;
      }
    }
  }
  EXPECT_GT(files, 5);
  EXPECT_GT(ways[Way::index], 5);
}

// bcftools' own indexes, where it is there to make them.
TEST(Picked, AgreesWithIndexesOfBcftools) {
  if (std::system("bcftools --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "needs bcftools, which is not here";
  Random random(10);
  const std::filesystem::path folder = std::filesystem::path(GLOVEBOX_BUILD) / "picked_bcftools";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "made.vcf.gz").string();
  for (int round = 0; round < 24; ++round) {
    const Made file = made(random, round % 2 ? Kind::gvcf : Kind::variants, 2000, 12);
    const Panel sites = panel(file.sites);
    const Bytes packed = bgzf(view_of(file.text), 500 + below(random, 5000));
    ASSERT_TRUE(write_file(path, packed));
    const std::string form = std::array{"-t", "-c", "-c -m 10"}[below(random, 3)];
    ASSERT_EQ(std::system(("bcftools index -f " + form + " -o " + path + ".index " + path + " 2>/dev/null").c_str()),
              0);
    const Options how = options(round % 2 ? InputKind::gvcf : InputKind::wgs_vcf);
    const auto picked = pick_from(sites, packed, read(path + ".index"), how);
    ASSERT_TRUE(agrees(picked, extract(sites, packed, how))) << form;
    ASSERT_TRUE(!picked || picked->way == Way::index) << form << " " << notes(*picked);
  }
}

}  // namespace
}  // namespace glovebox::scan
