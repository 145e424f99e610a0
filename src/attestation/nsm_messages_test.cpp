#include "attestation/nsm_messages.h"

#include "support.h"

namespace glovebox::attestation::nsm {
namespace {
const std::vector<Request> requests = {
    DescribeNsm{},  GetRandom{},
    DescribePcr{7}, ExtendPcr{16, Bytes(48, 3)},
    LockPcr{16},    LockPcrs{32},
    Attestation{},  Attestation{.user_data = Bytes(512, 1), .nonce = Bytes{}, .public_key = Bytes(1024, 2)}};
const std::vector<Response> responses = {Description{.version_major = 1,
                                                     .version_minor = 2,
                                                     .version_patch = 3,
                                                     .module_id = "i-1-enc2",
                                                     .max_pcrs = 32,
                                                     .locked_pcrs = {0, 1, 15},
                                                     .digest = "SHA384"},
                                         PcrDescription{.lock = true, .data = Bytes(48, 9)},
                                         Extended{Bytes(48, 8)},
                                         Locked{},
                                         LockedRange{},
                                         Attested{Bytes(4000, 7)},
                                         Random{Bytes(256, 6)},
                                         Failure::read_only_index,
                                         Failure::internal_error};

TEST(NsmMessages, RoundTrip) {
  for (const Request& r : requests) EXPECT_EQ(*parse_request(encode(r)), r);
  for (const Response& r : responses) EXPECT_EQ(*parse_response(encode(r)), r);
}

// The bytes that the platform's own library writes (serde_cbor, fields in the order of their declaration).
TEST(NsmMessages, BytesOfThePlatformsLibrary) {
  EXPECT_EQ(to_hex(encode(Request(DescribeNsm{}))), "6b44657363726962654e534d");
  EXPECT_EQ(to_hex(encode(Request(GetRandom{}))), "6947657452616e646f6d");
  EXPECT_EQ(to_hex(encode(Request(DescribePcr{16}))), "a16b4465736372696265504352a165696e64657810");
  EXPECT_EQ(to_hex(encode(Request(ExtendPcr{16, {1, 2}}))),
            "a169457874656e64504352a265696e6465781064646174614201"
            "02");
  EXPECT_EQ(to_hex(encode(Request(LockPcrs{32}))), "a1684c6f636b50435273a16572616e67651820");
  EXPECT_EQ(to_hex(encode(Request(Attestation{}))),
            "a16b4174746573746174696f6ea369757365725f64617461f6656e6f6e6365f66a7075626c69635f6b6579f6");
  EXPECT_EQ(to_hex(encode(Response(Locked{}))), "674c6f636b504352");
  EXPECT_EQ(to_hex(encode(Response(Failure::invalid_index))), "a1654572726f726c496e76616c6964496e646578");
}

TEST(NsmMessages, AnswersOfAnEmulator) {
  const auto folder = test::shared() / "vectors/nitro/qemu";
  GLOVEBOX_NEEDS(folder);
  const auto response = [&](const char* file) { return parse_response(test::read(folder / file)).value(); };
  const auto describe = std::get<Description>(response("nsm-describe-nsm-response.cbor"));
  EXPECT_EQ(describe.max_pcrs, 32);
  EXPECT_EQ(describe.digest, "SHA384");
  EXPECT_EQ(describe.locked_pcrs.size(), 16U);
  EXPECT_EQ(std::get<Extended>(response("nsm-extendpcr16-response.cbor")).data.size(), 48U);
  EXPECT_EQ(std::get<Random>(response("nsm-getrandom-response.cbor")).random.size(), 256U);
  EXPECT_TRUE(std::holds_alternative<Locked>(response("nsm-lockpcr-response.cbor")));
  EXPECT_FALSE(std::get<Attested>(response("nsm-attestation-response.cbor")).document.empty());
}

TEST(NsmMessages, EveryShorterPrefixIsRefused) {
  const auto prefixes = [](const Bytes& bytes, auto parse) {
    for (std::size_t size = 0; size < bytes.size(); ++size)
      EXPECT_EQ(test::reason_of(parse(View(bytes).first(size))), "protocol_error") << to_hex(bytes) << " " << size;
  };
  for (const Request& r : requests) prefixes(encode(r), parse_request);
  for (const Response& r : responses) prefixes(encode(r), parse_response);
}

TEST(NsmMessages, Refused) {
  for (const char* hex : {"a0",                                                      // nothing
                          "6b44657363726962654e534d00",                              // something after the end
                          "68556e6b6e6f776e21",                                      // an unknown name
                          "a1674c6f636b504352a0",                                    // no index
                          "a1674c6f636b504352a16572616e676510",                      // another field
                          "a1674c6f636b504352a265696e6465781065696e64657810",        // a field twice
                          "a1674c6f636b504352a165696e6465781a00010000",              // an index of 17 bits
                          "a2674c6f636b504352a165696e64657810684c6f636b50435273a0",  // two requests
                          "a1674c6f636b504352f6"})
    EXPECT_EQ(test::reason_of(parse_request(*from_hex(hex))), "protocol_error") << hex;
  EXPECT_EQ(test::reason_of(parse_request(Bytes(request_size_max + 1))), "protocol_error");
  EXPECT_EQ(test::reason_of(parse_response(Bytes(response_size_max + 1))), "protocol_error");
  EXPECT_EQ(test::reason_of(parse_response(*from_hex("a1654572726f7265456c736521"))), "protocol_error");
}
}  // namespace
}  // namespace glovebox::attestation::nsm
