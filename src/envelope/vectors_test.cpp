// tests/vectors/envelope: whole envelopes for one key, each with at most one fault and its outcome in its name:
// NNN-OUTCOME-why.gb. This file is also their generator: everything random is fixed, so they can be made again with
// GLOVEBOX_WRITE_VECTORS=1, and a change of the format shows as a vector that is no longer what is written.
#include <cstdlib>
#include <map>

#include "base/reader.h"
#include "crypto/hpke.h"
#include "crypto/key_file.h"
#include "envelope/whole.h"
#include "support.h"

namespace glovebox::envelope {
namespace {
template <std::size_t N>
Array<N> filled(std::uint8_t first) {
  Array<N> out;
  for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<std::uint8_t>(first + i);
  return out;
}

std::filesystem::path folder() {
  return test::vectors() / "envelope";
}

crypto::SecretIdentity owner() {
  return crypto::SecretIdentity::from_seed(Secret<32>(filled<32>(1)));
}

// A key of one envelope with nothing random in it, and a stanza to the owner.
struct Maker {
  EnvelopeKey key;
  explicit Maker(unsigned size_class = 0, std::uint8_t n = 1) : key(make(size_class, n)) {}
  static EnvelopeKey make(unsigned size_class, std::uint8_t n) {
    return EnvelopeKey::from_file_key({.random = filled<32>(n), .size_class = size_class},
                                      Secret<32>(filled<32>(static_cast<std::uint8_t>(n + 100))));
  }
  HpkeStanza stanza_to(const crypto::KemPublic& to) const {
    auto sender = crypto::HpkeSender::create_insecurely(to, view_of("glovebox hpke stanza v1"),
                                                        crypto::HpkeAead::aes_256_gcm, filled<64>(50))
                      .value();
    return {key_id_of(to), to.kem(), sender.enc(), sender.seal(key.core_digest(), key.file_key().expose())};
  }
  Stanza stanza() const { return stanza_to(owner().recipient().public_key()); }
  Header header() const { return key.header_of({stanza()}).value(); }
  Bytes body(View plaintext) const {
    const Bytes whole = seal_whole(key, header(), plaintext).value();
    return to_bytes(View(whole).subspan(header().encode().size()));
  }
  Bytes envelope(View plaintext) const { return concat({header().encode(), body(plaintext)}); }
};

// Bytes of a header whose CBOR is given, with a body behind it.
Bytes framed(View cbor, View body) {
  return Writer().bytes(view_of(magic)).u32be(static_cast<std::uint32_t>(cbor.size())).bytes(cbor).bytes(body).take();
}
Bytes framed_stanzas(const Maker& maker, std::size_t count, View stanzas) {
  const Bytes cbor = cbor::Writer()
                         .document("glovebox header v1", 4)
                         .bstr(maker.key.core().encode())
                         .array(count)
                         .raw(stanzas)
                         .bstr(Array<32>{})
                         .take();
  return framed(cbor, {});
}
// A header around one core and one stanza, each as it is given.
Bytes framed_parts(View core, View stanza, View mac = Array<32>{}) {
  const Bytes cbor = cbor::Writer().document("glovebox header v1", 4).bstr(core).array(1).raw(stanza).bstr(mac).take();
  return framed(cbor, {});
}
Bytes replaced(Bytes in, std::string_view what, std::string_view with) {
  const auto at = text_of(in).find(what);
  std::ranges::copy(with, in.begin() + static_cast<std::ptrdiff_t>(at));
  return in;
}
Bytes flipped(Bytes in, std::size_t at) {
  in[at] ^= 1;
  return in;
}

std::map<std::string, Bytes> make_all() {
  const Maker maker;
  const Bytes text = to_bytes(view_of("a line of a genome\n"));
  const Bytes good = maker.envelope(text);
  const Bytes header = maker.header().encode();
  const std::size_t core_at = prefix_size + 1 + 19 + 2;  // array, label, head of the core's byte string
  std::map<std::string, Bytes> out;

  out["000-accept-small"] = good;
  out["001-accept-empty"] = maker.envelope({});
  out["002-accept-padded"] = Maker(16).envelope(text);
  const Stanza other = OtherStanza{"later", cbor::Writer().array(2).tstr("later").uint(7).take()};
  out["003-accept-unknown-stanza"] =
      concat({maker.key.header_of({other, maker.stanza()}).value().encode(), maker.body(text)});

  out["010-type_unsupported-other-magic"] = replaced(good, "glovebox\n", "gloveboy\n");
  out["011-envelope_truncated-inside-the-header"] = to_bytes(View(good).first(200));
  out["012-too_large-header-size"] = concat({View(good).first(9), Bytes{0, 4, 0, 1}, View(good).subspan(13)});
  out["013-version_unsupported-header-v2"] = replaced(good, "header v1", "header v2");
  Bytes suite = good;
  suite[core_at + 1 + 21] = 2;  // array, label
  out["014-version_unsupported-suite-2"] = suite;
  Bytes longer = cbor::Writer().document("glovebox header v1", 4).bstr(maker.key.core().encode()).take();
  longer.insert(longer.end(), {0x98, 0x01});  // one stanza, its count in two bytes
  const Bytes rest = cbor::Writer().raw(encode(maker.stanza())).bstr(maker.header().mac).take();
  out["015-not_deterministic-long-count"] = framed(concat({longer, rest}), maker.body(text));
  out["016-malformed-no-stanza"] = framed_stanzas(maker, 0, {});
  Bytes many;
  for (int i = 0; i < 17; ++i) {
    const Bytes one = encode(BrokerStanza{Bytes(1, 1)});
    many.insert(many.end(), one.begin(), one.end());
  }
  out["017-too_large-seventeen-stanzas"] = framed_stanzas(maker, 17, many);
  out["018-too_deep-nested-stanza"] = framed_stanzas(maker, 1, concat({Bytes(40, 0x81), Bytes{0}}));
  const Bytes p256 = cbor::Writer().document("hpke", 5).bstr(KeyId{}).uint(0x10).bstr(Bytes(65)).bstr(Bytes(48)).take();
  out["019-type_unsupported-unknown-kem"] = framed_stanzas(maker, 1, p256);

  const auto stranger = crypto::SecretIdentity::from_seed(Secret<32>(filled<32>(2)));
  const Header to_stranger = maker.key.header_of({maker.stanza_to(stranger.recipient().public_key())}).value();
  out["020-no_matching_recipient-other-key"] = concat({to_stranger.encode(), maker.body(text)});
  out["021-decryption_failed-core-changed"] = replaced(good, "octet-stream", "octet-strean");
  HpkeStanza changed = std::get<HpkeStanza>(maker.stanza());
  changed.enc[5] ^= 1;
  out["022-decryption_failed-stanza-changed"] =
      concat({maker.key.header_of({changed}).value().encode(), maker.body(text)});
  out["023-header_unauthentic-mac-changed"] = flipped(good, header.size() - 1);
  Header added = maker.header();
  added.stanzas.emplace_back(BrokerStanza{Bytes(10, 1)});
  out["024-header_unauthentic-stanza-added"] = concat({added.encode(), maker.body(text)});

  const Bytes two = maker.body(Bytes(65536 + 20, 'x'));
  out["030-envelope_truncated-no-body"] = header;
  out["031-envelope_truncated-final-chunk-dropped"] = concat({header, View(two).first(sealed_chunk_size)});
  out["032-chunk_unauthentic-bit-flipped"] = flipped(good, header.size());
  out["033-chunk_unauthentic-cut-inside-a-chunk"] = to_bytes(View(good).first(good.size() - 1));
  out["034-chunk_unauthentic-of-another-envelope"] = concat({header, Maker(0, 2).body(text)});
  out["035-chunk_unauthentic-byte-appended"] = concat({good, Bytes{0}});
  const Bytes three = maker.body(Bytes(2 * 65536 + 20, 'x'));
  out["036-chunk_unauthentic-chunks-swapped"] =
      concat({header, View(three).subspan(sealed_chunk_size, sealed_chunk_size), View(three).first(sealed_chunk_size),
              View(three).subspan(2 * sealed_chunk_size)});
  Bytes hollow(sealed_chunk_size + 16);
  ChunkCipher cipher(maker.key);
  cipher.seal(0, Final::no, Bytes(65536, 'x'), std::span(hollow).first(sealed_chunk_size));
  cipher.seal(1, Final::yes, {}, std::span(hollow).subspan(sealed_chunk_size));
  out["037-malformed-empty-last-chunk"] = concat({header, hollow});
  out["038-envelope_truncated-shorter-than-its-size-class"] =
      concat({Maker(16).header().encode(), View(Maker(16).body(text)).first(100)});
  return out;
}

// The form of header, core and stanza, beyond what make_all has.
void make_forms(std::map<std::string, Bytes>& out) {
  const Maker maker;
  const Bytes core = maker.key.core().encode();
  const Bytes stanza = encode(maker.stanza());
  const Bytes good = maker.header().encode();
  const View cbor = View(good).subspan(prefix_size);

  out["040-envelope_truncated-magic-alone"] = to_bytes(view_of(magic));
  out["041-truncated-header-of-no-bytes"] = framed({}, Bytes(100));
  out["042-trailing_bytes-behind-the-mac"] = framed(concat({cbor, Bytes{0}}), {});
  out["043-malformed-header-of-five"] = framed(concat({Bytes{0x85}, cbor.subspan(1), Bytes{0xf6}}), {});
  out["044-malformed-header-a-map"] = framed(concat({Bytes{0xa2}, cbor.subspan(1)}), {});
  out["045-malformed-mac-of-31-bytes"] = framed_parts(core, stanza, Array<31>{});
  out["046-malformed-core-as-text"] =
      framed(cbor::Writer().document("glovebox header v1", 4).tstr("core").array(0).bstr(Array<32>{}).take(), {});
  out["047-trailing_bytes-behind-the-core"] = framed_parts(concat({core, Bytes{0}}), stanza);
  out["048-not_deterministic-array-without-end"] =
      framed(concat({cbor.first(1 + 19), Bytes{0x58, static_cast<std::uint8_t>(core.size())}, core, Bytes{0x9f}, stanza,
                     Bytes{0xff, 0x58, 0x20}, Array<32>{}}),
             {});
  out["049-too_large-core-that-claims-4-gigabytes"] =
      framed(concat({cbor.first(1 + 19), Bytes{0x5a, 0xff, 0xff, 0xff, 0xff}}), {});

  const auto core_of = [&](std::size_t random, std::string_view type, std::uint64_t size_class, View policy) {
    cbor::Writer w;
    w.document("glovebox envelope v1", 7).uint(1).bstr(Bytes(random, 1)).tstr(type).uint(size_class);
    return w.bstr(policy).null().take();
  };
  const std::string_view type = "application/octet-stream";
  out["050-malformed-random-of-16-bytes"] = framed_parts(core_of(16, type, 0, Array<32>{}), stanza);
  out["051-too_large-content-type-of-65-bytes"] =
      framed_parts(core_of(32, std::string(65, 'x'), 0, Array<32>{}), stanza);
  out["052-malformed-content-type-not-utf-8"] = framed_parts(core_of(32, "text\xff", 0, Array<32>{}), stanza);
  out["053-malformed-size-class-15"] = framed_parts(core_of(32, type, 15, Array<32>{}), stanza);
  out["054-too_large-size-class-49"] = framed_parts(core_of(32, type, 49, Array<32>{}), stanza);
  out["055-malformed-policy-digest-of-31-bytes"] = framed_parts(core_of(32, type, 0, Array<31>{}), stanza);

  const auto hpke = [](std::size_t key_id, std::uint64_t kem, std::size_t enc, std::size_t ct, std::size_t fields) {
    cbor::Writer w;
    w.document("hpke", fields).bstr(Bytes(key_id, 1)).uint(kem).bstr(Bytes(enc, 1)).bstr(Bytes(ct, 1));
    if (fields == 6) w.null();
    return w.take();
  };
  out["060-malformed-stanza-not-an-array"] = framed_parts(core, Bytes{0xa0});
  out["061-malformed-stanza-without-a-type"] = framed_parts(core, Bytes{0x80});
  out["062-malformed-stanza-whose-type-is-a-number"] = framed_parts(core, Bytes{0x81, 0x01});
  out["063-malformed-key-id-of-7-bytes"] = framed_parts(core, hpke(7, 0x20, 32, 48, 5));
  out["064-malformed-encapsulated-key-of-31-bytes"] = framed_parts(core, hpke(8, 0x20, 31, 48, 5));
  out["065-malformed-sealed-key-of-47-bytes"] = framed_parts(core, hpke(8, 0x20, 32, 47, 5));
  out["066-malformed-stanza-of-six"] = framed_parts(core, hpke(8, 0x20, 32, 48, 6));
  out["067-too_large-kem-beyond-16-bits"] = framed_parts(core, hpke(8, 0x10020, 32, 48, 5));
  out["068-too_large-stanza-beyond-64-kilobytes"] =
      framed_parts(core, cbor::Writer().document("broker", 2).bstr(Bytes(65536)).take());
  out["069-malformed-binding-of-63-bytes"] = framed_parts(
      core, cbor::Writer().document("enclave", 5).bstr(Bytes(63)).uint(0x20).bstr(Bytes(32)).bstr(Bytes(48)).take());

  const Bytes header = maker.header().encode();
  const Bytes three = maker.body(Bytes(2 * 65536 + 20, 'x'));
  const auto chunk = [&](std::size_t i) {
    return View(three).subspan(i * sealed_chunk_size).first(i == 2 ? 36 : sealed_chunk_size);
  };
  out["070-chunk_unauthentic-first-chunk-twice"] = concat({header, chunk(0), chunk(0), chunk(1), chunk(2)});
  out["071-chunk_unauthentic-middle-left-out"] = concat({header, chunk(0), chunk(2)});
  out["072-chunk_unauthentic-last-chunk-twice"] = concat({header, chunk(0), chunk(1), chunk(2), chunk(2)});
  out["073-chunk_unauthentic-last-chunk-alone"] = concat({header, chunk(2)});
  out["074-chunk_unauthentic-another-envelope-behind-it"] = concat({maker.envelope({}), maker.envelope({})});
  out["075-chunk_unauthentic-header-twice"] = concat({header, maker.envelope({})});
  out["076-envelope_truncated-tag-of-15-bytes"] = to_bytes(View(maker.envelope({})).first(header.size() + 15));
  out["077-chunk_unauthentic-two-bodies-spliced"] =
      concat({header, chunk(0), View(Maker(0, 2).body(Bytes(2 * 65536 + 20, 'x'))).subspan(sealed_chunk_size)});
  out["078-chunk_unauthentic-longer-than-its-size-class"] =
      concat({Maker(16).header().encode(), View(Maker(16).body(Bytes(10))), Bytes(40, 0)});
}

std::map<std::string, Bytes> make_all_and_forms() {
  auto out = make_all();
  make_forms(out);
  return out;
}

bool writing() {
  return std::getenv("GLOVEBOX_WRITE_VECTORS") != nullptr;
}

// Seeds of fuzz/envelope_fuzz.cpp, whose first byte says what the rest is.
void write_seeds() {
  const auto corpus = test::vectors().parent_path().parent_path() / "fuzz/corpus/envelope";
  std::filesystem::create_directories(corpus);
  for (const auto& [name, bytes] : make_all_and_forms()) {
    if (bytes.size() > 4000) continue;
    ASSERT_TRUE(write_file(corpus / (name + "-header"), concat({Bytes{0}, bytes})));
    if (name < "004") {
      const std::size_t header_size = HeaderReader().push(bytes).value();
      ASSERT_TRUE(write_file(corpus / (name + "-header-alone"), concat({Bytes{0}, View(bytes).first(header_size)})));
    }
  }
  ASSERT_TRUE(write_file(corpus / "body-short", Bytes{1, 1, 2, 3}));
  ASSERT_TRUE(write_file(corpus / "change-none", Bytes{2}));
  ASSERT_TRUE(write_file(corpus / "change-magic", Bytes{2, 0, 0, 1}));
  ASSERT_TRUE(write_file(corpus / "change-mac-and-back", Bytes{2, 5, 0, 1, 5, 0, 1}));
  ASSERT_TRUE(write_file(corpus / "change-cut", Bytes{3, 5, 0}));
}
TEST(EnvelopeVectors, AreWhatTheGeneratorMakes) {
  const Bytes key_file = to_bytes(owner().file(Time::from_seconds(1'795'219'200)).expose());
  if (writing()) {
    std::filesystem::create_directories(folder());
    for (const auto& [name, bytes] : make_all_and_forms()) ASSERT_TRUE(write_file(folder() / (name + ".gb"), bytes));
    ASSERT_TRUE(write_file(folder() / "key.txt", key_file));
    write_seeds();
  }
  EXPECT_EQ(test::read(folder() / "key.txt"), key_file);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder()))
    if (entry.path().extension() == ".gb") ++files;
  EXPECT_EQ(files, make_all_and_forms().size());
  for (const auto& [name, bytes] : make_all_and_forms())
    EXPECT_TRUE(test::read(folder() / (name + ".gb")) == bytes) << name;
}

TEST(EnvelopeVectors, HaveTheNamedOutcome) {
  const auto key_file = test::read(folder() / "key.txt");
  const auto me = crypto::SecretIdentity::parse_file(key_file).value();
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() != ".gb") continue;
    const std::string name = entry.path().stem().string();
    std::string wanted = name.substr(4, name.find('-', 4) - 4);
    if (wanted == "accept") wanted = "accepted";
    EXPECT_EQ(test::reason_of(open_whole(test::read(entry.path()), KeyIdentity(me.recipient()))), wanted) << name;
  }
}

}  // namespace
}  // namespace glovebox::envelope
