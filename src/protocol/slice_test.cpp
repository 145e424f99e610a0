#include "protocol/slice.h"

#include "protocol/parameters.h"
#include "support.h"

namespace glovebox::protocol {
namespace {
using test::reason_of;

const Digest model = {1, 2, 3};
const std::vector<SliceRecord> records = {
    {.number = 1'000'000, .alleles = 2, .how = 0},
    {.number = static_cast<std::uint32_t>(slice_missing), .alleles = 0, .how = 7},
    {.number = 0x3f000000, .alleles = 0, .how = 15},
};

TEST(Slice, ReadsAsItWasWritten) {
  for (const auto kind : {SliceKind::hard, SliceKind::fractional}) {
    const SecretBytes slice = encode_slice(kind, model, records).value();
    EXPECT_EQ(slice.size(), slice_size(3));
    const auto opened = parse_slice(slice.expose(), model, 3);
    ASSERT_TRUE(opened) << describe(opened.error());
    EXPECT_EQ(opened->kind, kind);
    for (std::size_t i = 0; i < records.size(); ++i) EXPECT_EQ(slice_record(opened->records, i), records[i]);
  }
}

TEST(Slice, IsTheBytesOfTheSpecification) {
  const SecretBytes slice = encode_slice(SliceKind::fractional, model, records).value();
  EXPECT_EQ(to_hex(slice.expose()),
            "676c6f7665626f7820736c6963652076310a"  // "glovebox slice v1\n"
            "0100"
            "03000000"
            "0102030000000000000000000000000000000000000000000000000000000000"
            "40420f00020000"
            "00"
            "ffffffff00070000"
            "0000003f000f0000");
}

TEST(Slice, IsForOneModelAndOfItsSize) {
  const SecretBytes made = encode_slice(SliceKind::hard, model, records).value();
  const Bytes slice = to_bytes(made.expose());
  for (std::size_t size = 0; size < slice.size(); ++size)
    ASSERT_EQ(reason_of(parse_slice(View(slice).first(size), model, 3)), "truncated") << size;
  const auto changed = [&](std::size_t at, std::uint8_t by) {
    Bytes out = slice;
    out[at] ^= by;
    return reason_of(parse_slice(out, model, 3));
  };
  EXPECT_EQ(changed(0, 1), "version_unsupported");
  EXPECT_EQ(changed(16, 3), "version_unsupported");  // v2
  EXPECT_EQ(changed(18, 2), "malformed");
  EXPECT_EQ(changed(19, 1), "malformed");
  EXPECT_EQ(changed(20, 1), "malformed");  // two features
  EXPECT_EQ(changed(24, 1), "request_mismatch");
  EXPECT_EQ(changed(55, 1), "request_mismatch");
  EXPECT_EQ(reason_of(parse_slice(slice, model, 4)), "malformed");
  Bytes longer = slice;
  longer.push_back(0);
  EXPECT_EQ(reason_of(parse_slice(longer, model, 3)), "trailing_bytes");
  const std::vector<SliceRecord> many(slice_features_max + 1);
  EXPECT_EQ(reason_of(encode_slice(SliceKind::hard, model, many)), "too_large");
}

// Whatever parameters of a slice's request were longer for one person than for another, the envelope could show.
TEST(SliceParameters, AreAPurposeAndNoMore) {
  EXPECT_LE(slice_parameters(std::string(purpose_max, 'p')).encode().size(), slice_parameters_max);
  const Parameters bare = slice_parameters("risk-score");
  EXPECT_EQ(Parameters::parse(bare.encode()).value(), bare);
  const auto refused = [&](auto&& change) {
    Parameters more = bare;
    change(more);
    return reason_of(Parameters::parse(more.encode()));
  };
  EXPECT_EQ(refused([](Parameters& p) { p.sample = "HG00096"; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.input_kind = InputKind::gvcf; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.build = Build::grch37; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.absence = Absence::missing; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.dosage = DosageField::ds; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.sex = Sex::female; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.x_male = MaleX::single; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.flip = true; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.min_gq = 20; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.min_dp = 5; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.match_log = true; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.values = {{"age", 54.0}}; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.output_form = OutputForm::table; }), "malformed");
  EXPECT_EQ(refused([](Parameters& p) { p.rows_class = 1; }), "malformed");
}

}  // namespace
}  // namespace glovebox::protocol
