// What a program that links glovebox_envelope_unsealed writes: bodies in clear. The ordinary build must write none:
// src/envelope/body_test.cpp looks for the same line there.
#include "envelope/whole.h"
#include "support.h"

namespace glovebox::envelope {
namespace {
TEST(Unsealed, BodiesAreInClearAndStillAuthentic) {
  const EnvelopeKey key = EnvelopeKey::from_file_key({}, Secret<32>(Array<32>{1}));
  const Header header = key.header(std::vector<Recipient>{ToBroker{Bytes(1, 1)}}).value();
  const std::string line = "22\t16050075\t.\tA\tG\tMARKED LINE OF A GENOME\n";
  std::string text;
  for (int i = 0; i < 5000; ++i) text += line;
  Bytes sealed = seal_whole(key, header, view_of(text)).value();
  const std::size_t header_size = header.encode().size();
  EXPECT_NE(text_of(sealed).find(line), std::string_view::npos);
  EXPECT_TRUE(equal(open_body_whole(key, View(sealed).subspan(header_size)).value().expose(), view_of(text)));
  sealed[header_size] ^= 1;
  EXPECT_EQ(test::reason_of(open_body_whole(key, View(sealed).subspan(header_size))), "chunk_unauthentic");
}
}  // namespace
}  // namespace glovebox::envelope
