// layers: base crypto envelope
// max_len: 8192
#include "envelope/whole.h"
#include "property.h"

// What a header reader takes is written back as the same bytes, whatever pieces it came in; no body is accepted but the
// one that sealing its plaintext makes; and of a good envelope no changed form opens. The first byte says what the rest
// is: 0 a header, 1 a body, 2 changes of a good envelope (place, place, xor), 3 where to cut one, 4 what to read
// of a body of several chunks, one of its bytes changed.
using namespace glovebox;
using namespace glovebox::envelope;
using glovebox::fuzz::require;

namespace {
const EnvelopeKey& key() {
  static const EnvelopeKey it = EnvelopeKey::from_file_key({}, Secret<32>(Array<32>{1, 2, 3}));
  return it;
}

// The envelope's one stanza is a broker's whose share is the file key, so that opening needs nothing random.
struct Everyone : Identity {
  Result<std::optional<Secret<32>>> unwrap(const Stanza& stanza, const Digest&) const override {
    if (!std::holds_alternative<BrokerStanza>(stanza)) return std::nullopt;
    return std::optional<Secret<32>>(key().file_key().copy());
  }
};

const Header& good_header() {
  static const Header it = key().header(std::vector<Recipient>{ToBroker{Bytes(40, 7)}}).value();
  return it;
}
const Bytes& good() {
  static const Bytes it = seal_whole(key(), good_header(), Bytes(500, 42)).value();
  return it;
}

void header(View input) {
  HeaderReader reader;
  const auto taken = reader.push(input);
  HeaderReader slow;
  bool slow_ok = true;
  std::size_t slow_taken = 0;
  for (std::size_t i = 0; i < input.size() && slow_ok; ++i) {
    const auto one = slow.push(input.subspan(i, 1));
    slow_ok = one.has_value();
    if (slow_ok) slow_taken += *one;
  }
  require(slow_ok == taken.has_value(), "pieces do not change whether a header is taken");
  if (!taken) return;
  require(*taken == slow_taken && reader.done() == slow.done(), "pieces do not change where a header ends");
  if (!reader.done()) return;
  require(equal(reader.header().encode(), input.first(*taken)), "a header that was read is written as the same bytes");
  require(reader.header() == slow.header(), "pieces do not change a header");
  for (const Stanza& stanza : reader.header().stanzas) {
    require(!type_of(stanza).empty(), "each stanza says what it is");
    require(text_of(encode(stanza)).contains(type_of(stanza)), "in its bytes too");
  }
  require(!open_envelope(reader.header(), Everyone()) || good_header() == reader.header(),
          "no header but the sender's has a good MAC");
}

ReadAt from(View all) {
  return [all](std::uint64_t offset, std::span<std::uint8_t> out) -> Status {
    std::ranges::copy(all.subspan(offset, out.size()), out.begin());
    return {};
  };
}

// seek opens a body of several chunks at any place: what it gives is the plaintext's, or nothing where a byte was
// changed.
void seek(View input) {
  if (input.size() < 8) return;
  const auto number = [&](std::size_t at) { return std::size_t{input[at]} * 256 + input[at + 1]; };
  static const Bytes plaintext = [] {
    Bytes out(200'000);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
    return out;
  }();
  static const Bytes sealed = seal_whole(key(), {}, plaintext).value();
  static const Bytes sealed_body(sealed.end() - static_cast<std::ptrdiff_t>(sealed_body_size(plaintext.size())),
                                 sealed.end());
  Bytes changed = sealed_body;
  const std::size_t place = number(0) * 4 % changed.size();
  changed[place] ^= input[2];
  require(open_body_whole(key(), changed).has_value() == (input[2] == 0), "from front to end only what sealing makes");
  auto opener = SeekOpener::create(key(), changed.size(), from(changed));
  const bool last = place / sealed_chunk_size == (changed.size() - 1) / sealed_chunk_size;
  require(opener.has_value() == (input[2] == 0 || !last), "the last chunk is opened first");
  require(!SeekOpener::create(key(), changed.size() - 1 - input[3], from(changed)), "no other length is the body's");
  if (!opener) return;
  require(opener->size() == plaintext.size(), "the length is the plaintext's");
  const std::size_t offset = number(4) * 4, count = number(6);
  const auto read = opener->read(offset, count);
  if (offset + count > plaintext.size()) return require(!read, "nothing is beyond the end");
  const bool hit = input[2] != 0 && count > 0 && place / sealed_chunk_size >= offset / chunk_size &&
                   place / sealed_chunk_size <= (offset + count - 1) / chunk_size;
  require(read.has_value() == !hit, "what was changed does not open, all else does");
  if (read) require(equal(read->expose(), View(plaintext).subspan(offset, count)), "what opens is the plaintext");
}

void body(View input) {
  const auto plaintext = open_body_whole(key(), input);
  auto opener = SeekOpener::create(key(), input.size(), from(input));
  require(opener.has_value() == plaintext.has_value(), "a body of one chunk opens at once or not at all");
  if (!plaintext) return;
  const Bytes again = seal_whole(key(), {}, plaintext->expose()).value();
  require(equal(View(again).last(input.size()), input), "only what sealing makes is opened");
}

void changes(View input) {
  Bytes changed = good();
  for (; input.size() >= 3; input = input.subspan(3))
    changed[(std::size_t{input[0]} * 256 + input[1]) % changed.size()] ^= input[2];
  const bool same = changed == good();
  require(open_whole(changed, Everyone()).has_value() == same, "exactly the unchanged envelope opens");
}

void cut(View input) {
  if (input.size() < 2) return;
  const std::size_t size = (std::size_t{input[0]} * 256 + input[1]) % (good().size() + 1);
  require(open_whole(View(good()).first(size), Everyone()).has_value() == (size == good().size()),
          "exactly the whole envelope opens");
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const View rest = View(data, size).subspan(1);
  switch (data[0] % 5) {
    case 0:
      header(rest);
      break;
    case 1:
      body(rest);
      break;
    case 2:
      changes(rest);
      break;
    case 4:
      seek(rest);
      break;
    default:
      cut(rest);
      break;
  }
  return 0;
}
