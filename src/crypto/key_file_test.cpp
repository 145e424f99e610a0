// People's keys: one fixed key computed by another implementation, and strict text forms.
#include "crypto/key_file.h"

#include "crypto/hash.h"
#include "support.h"

namespace glovebox::crypto {
namespace {
Secret<32> counting_seed() {
  return Secret<32>::make([](std::span<std::uint8_t, 32> out) {
    for (std::size_t i = 0; i < 32; ++i) out[i] = static_cast<std::uint8_t>(i);
  });
}
constexpr std::string_view secret_line = "GLOVEBOX-SECRET-KEY-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9jDc0p";
std::string text(const SecretBytes& bytes) {
  return std::string(text_of(bytes.expose()));
}
std::string parsed(std::string_view secret) {
  return test::reason_of(SecretIdentity::parse(view_of(secret)));
}

// Computed with Python: hashlib, and the ML-KEM, X25519 and Ed25519 of its cryptography package.
TEST(KeyFile, FixedKey) {
  const SecretIdentity identity = SecretIdentity::from_seed(counting_seed());
  EXPECT_EQ(text(identity.text()), secret_line);
  EXPECT_EQ(to_hex(identity.recipient().seed().expose()),
            "c77b3e644c4650eb4726b423a9273fb1a77a97300e108918a1be80f42a3f9451");
  EXPECT_EQ(to_hex(sha256(identity.recipient().public_key().bytes())),
            "7245fb733f1fee71130cacf362c72a2b0f0f20af7acb5d9f8b4f14a17cc2187e");
  EXPECT_EQ(to_hex(identity.signer().public_key().bytes),
            "6cae2a05c198f808b4a040add836f53d652e3e151bdd4798a9679551834ca046");
  const std::string line = identity.public_identity().text();
  EXPECT_EQ(line.size(), 1687U);
  EXPECT_EQ(to_hex(sha256(view_of(line))), "35de0cdf6835804bfc8e8df87acb4381055c47b3726092e3e9d21eea26d77039");
}

TEST(KeyFile, TextFormsGoRound) {
  for (int round = 0; round < 30; ++round) {
    const SecretIdentity identity = SecretIdentity::generate();
    const SecretIdentity again = SecretIdentity::parse(identity.text().expose()).value();
    EXPECT_EQ(again.public_identity(), identity.public_identity());
    EXPECT_EQ(PublicIdentity::parse(identity.public_identity().text()).value(), identity.public_identity());
    // The reference: base's own base64url.
    const Bytes bytes = from_base64url(text(identity.text()).substr(secret_key_prefix.size())).value();
    EXPECT_EQ(bytes.size(), 36U);
    EXPECT_TRUE(equal(View(bytes).last(4), View(sha256(View(bytes).first(32))).first(4)));
  }
}

TEST(KeyFile, EveryLetterOfBase64urlIsWrittenAndRead) {
  Array<32> seed{};
  for (unsigned first = 0; first < 256; ++first) {
    for (std::size_t i = 0; i < 32; ++i) seed[i] = static_cast<std::uint8_t>(first + i * 37);
    const SecretIdentity identity = SecretIdentity::from_seed(Secret<32>(seed));
    const std::string body = text(identity.text()).substr(secret_key_prefix.size());
    EXPECT_TRUE(equal(View(from_base64url(body).value()).first(32), seed));
    if (first % 16 == 0) {
      EXPECT_TRUE(SecretIdentity::parse(identity.text().expose()));
    }
  }
}

TEST(KeyFile, SecretTextIsStrict) {
  EXPECT_EQ(parsed(secret_line), "accepted");
  for (std::size_t size = 0; size < secret_line.size(); ++size)
    EXPECT_EQ(parsed(secret_line.substr(0, size)), "key_invalid") << size;
  EXPECT_EQ(parsed(std::string(secret_line) + "A"), "key_invalid");
  EXPECT_EQ(parsed(std::string(secret_line) + "\n"), "key_invalid");
  for (std::size_t i = 0; i < secret_line.size(); ++i) {
    for (const char c : {'B', 'z', '=', '+', '/', ' ', '\x80', '\0'}) {
      std::string changed(secret_line);
      if (changed[i] == c) continue;
      changed[i] = c;
      EXPECT_EQ(parsed(changed), "key_invalid") << i << ' ' << c;
    }
  }
}

TEST(KeyFile, ErrorsDoNotShowTheSecret) {
  std::string changed(secret_line);
  changed.back() = 'q';
  const auto error = SecretIdentity::parse(view_of(changed)).error();
  EXPECT_EQ(describe(error).find("AAECAwQF"), std::string::npos);
}

TEST(KeyFile, PublicTextIsStrict) {
  const std::string line = SecretIdentity::from_seed(counting_seed()).public_identity().text();
  for (std::size_t size = 0; size < line.size(); size += 7)
    EXPECT_EQ(test::reason_of(PublicIdentity::parse(line.substr(0, size))), "key_invalid") << size;
  EXPECT_EQ(test::reason_of(PublicIdentity::parse(line + "A")), "key_invalid");
  EXPECT_EQ(test::reason_of(PublicIdentity::parse(line + "\n")), "key_invalid");
  EXPECT_EQ(test::reason_of(PublicIdentity::parse(std::string(100000, 'A'))), "key_invalid");
  for (std::size_t i = 0; i < line.size(); i += 5) {
    std::string changed = line;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(test::reason_of(PublicIdentity::parse(changed)), "key_invalid") << i;
  }
}

std::string public_text(View body) {
  return std::string(public_key_prefix) + to_base64url(concat({body, View(sha256(body)).first(4)}));
}

TEST(KeyFile, PublicTextWithAGoodChecksumAndBadContents) {
  const SecretIdentity identity = SecretIdentity::from_seed(counting_seed());
  const Bytes recipient = identity.recipient().public_key().bytes();
  const Array<32> signer = identity.signer().public_key().bytes;
  const Bytes x_wing = {0x64, 0x7a}, other_kem = {0x00, 0x10};
  EXPECT_TRUE(PublicIdentity::parse(public_text(concat({x_wing, recipient, signer}))));
  EXPECT_EQ(test::reason_of(PublicIdentity::parse(public_text(concat({other_kem, recipient, signer})))), "key_invalid");
  EXPECT_EQ(test::reason_of(PublicIdentity::parse(public_text(concat({x_wing, recipient})))), "key_invalid");
  EXPECT_EQ(test::reason_of(PublicIdentity::parse(public_text(concat({x_wing, recipient, signer, Bytes{0}})))),
            "key_invalid");
  EXPECT_EQ(test::reason_of(PublicIdentity::parse(public_text(concat({x_wing, recipient, Array<32>{1}})))),
            "key_invalid");
  const Bytes x25519 = KemPrivate::generate(Kem::x25519).public_key().bytes();
  EXPECT_EQ(PublicIdentity::parse(public_text(concat({Bytes{0x00, 0x20}, x25519, signer}))).value().recipient.kem(),
            Kem::x25519);
  EXPECT_EQ(test::reason_of(PublicIdentity::parse(public_text({}))), "key_invalid");
}

TEST(KeyFile, FileGoesRoundAndIsStrict) {
  const SecretIdentity identity = SecretIdentity::from_seed(counting_seed());
  const std::string file = text(identity.file(Time::from_seconds(1795302000)));
  EXPECT_TRUE(file.starts_with("# created: 2026-11-21T")) << file.substr(0, 40);
  EXPECT_NE(file.find("\n# public key: " + identity.public_identity().text() + "\n"), std::string::npos);
  EXPECT_TRUE(file.ends_with("\n" + std::string(secret_line) + "\n"));
  const auto read = [](const std::string& contents) {
    const auto result = SecretIdentity::parse_file(view_of(contents));
    return test::reason_of(result);
  };
  EXPECT_EQ(SecretIdentity::parse_file(view_of(file)).value().public_identity(), identity.public_identity());
  EXPECT_EQ(read(std::string(secret_line)), "accepted") << "without a last newline";
  EXPECT_EQ(read("\n# a\n\n" + std::string(secret_line) + "\n\n"), "accepted");
  EXPECT_EQ(read(""), "key_invalid");
  EXPECT_EQ(read("# nothing\n"), "key_invalid");
  EXPECT_EQ(read(std::string(secret_line) + "\n" + std::string(secret_line) + "\n"), "key_invalid") << "two";
  EXPECT_EQ(read(" " + std::string(secret_line)), "key_invalid");
  EXPECT_EQ(read(identity.public_identity().text()), "key_invalid");
  EXPECT_EQ(read(std::string(key_file_max + 1, '#')), "too_large");
}
}  // namespace
}  // namespace glovebox::crypto
