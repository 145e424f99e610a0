#include "crypto/key_file.h"

#include "base/reader.h"
#include "crypto/hash.h"
#include "crypto/hkdf.h"
#include "crypto/random.h"

namespace glovebox::crypto {
namespace {
constexpr std::size_t checksum_size = 4;
constexpr std::size_t secret_size = 32 + checksum_size;        // no base64 padding: a multiple of 3
constexpr std::size_t secret_text_size = secret_size / 3 * 4;  // 48
constexpr std::string_view derivation = "glovebox key v1";

Secret<32> derived(const Secret<32>& seed, std::string_view use) {
  return hkdf(seed.expose(), view_of(derivation), view_of(use));
}

// Secrets pass through base64url without tables and branches that depend on them: a table in memory would show its
// lines in the cache.
constexpr std::uint8_t letter(unsigned v) {                                     // v below 64
  const auto from = [v](unsigned first) { return (first - 1 - v) >> 8 & 1U; };  // 1 where v >= first
  unsigned c = 'A' + v;
  c += from(26) * ('a' - 26 - 'A');
  c -= from(52) * ('a' - 26 - ('0' - 52U));
  c += from(62) * ('-' - 62U - ('0' - 52U));
  c += from(63) * ('_' - 63U - ('-' - 62U));
  return static_cast<std::uint8_t>(c);
}

constexpr unsigned not_a_letter = 0x100;
constexpr unsigned value(std::uint8_t letter) {
  const unsigned c = letter;
  // between is all ones where first <= c <= last.
  const auto between = [c](unsigned first, unsigned last) { return 0U - (((first - 1 - c) & (c - last - 1)) >> 31); };
  const unsigned upper = between('A', 'Z');
  const unsigned lower = between('a', 'z');
  const unsigned digit = between('0', '9');
  const unsigned minus = between('-', '-');
  const unsigned score = between('_', '_');
  return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (digit & (c - '0' + 52)) | (minus & 62U) | (score & 63U) |
         (~(upper | lower | digit | minus | score) & not_a_letter);
}

std::unexpected<Error> no_key(std::string found, std::string_view expected) {
  return fail(Reject::key_invalid, std::move(found), std::string(expected));
}

Bytes public_body(const PublicIdentity& identity) {
  return Writer()
      .u16be(static_cast<std::uint16_t>(identity.recipient.kem()))
      .bytes(identity.recipient.bytes())
      .bytes(identity.signer.bytes)
      .take();
}
}  // namespace

Result<PublicIdentity> PublicIdentity::parse(std::string_view text) {
  constexpr std::size_t text_max = public_key_prefix.size() + (2 + kem_public_max + 32 + checksum_size) * 4 / 3 + 2;
  if (text.size() > text_max || !text.starts_with(public_key_prefix))
    return no_key("another text", "glovebox-key-1:...");
  const auto bytes = from_base64url(text.substr(public_key_prefix.size()));
  if (!bytes) return no_key("characters that are not base64url", "glovebox-key-1:...");
  if (bytes->size() < checksum_size) return no_key("a key cut short", "glovebox-key-1:...");
  const View body = View(*bytes).first(bytes->size() - checksum_size);
  if (!equal(View(sha256(body)).first(checksum_size), View(*bytes).last(checksum_size)))
    return fail(Reject::key_invalid, "a wrong checksum", "the whole key", "was it copied whole?");
  Reader in(body);
  const auto kem = kem_from_id(in.u16be());
  if (!kem) return no_key("a key for another KEM", "X-Wing or X25519");
  const View recipient_bytes = in.bytes(public_size(*kem));
  const View signer_bytes = in.bytes(32);
  if (!in.finish()) return no_key("a key of another length", "glovebox-key-1:...");
  GLOVEBOX_TRY(recipient, KemPublic::parse(*kem, recipient_bytes));
  GLOVEBOX_TRY(signer, VerifyKey::parse(signer_bytes));
  return PublicIdentity{std::move(recipient), signer};
}

std::string PublicIdentity::text() const {
  const Bytes body = public_body(*this);
  const Digest digest = sha256(body);
  return std::string(public_key_prefix) + to_base64url(concat({body, View(digest).first(checksum_size)}));
}

SecretIdentity::SecretIdentity(Secret<32> seed, KemPrivate recipient, SigningKey signer)
    : seed_(std::move(seed)), recipient_(std::move(recipient)), signer_(std::move(signer)) {}

SecretIdentity SecretIdentity::generate() {
  return from_seed(random_secret<32>());
}

SecretIdentity SecretIdentity::from_seed(Secret<32> seed) {
  auto recipient = KemPrivate::from_seed(Kem::x_wing, derived(seed, "recipient"));
  SigningKey signer(derived(seed, "signing"));
  return {std::move(seed), std::move(recipient), std::move(signer)};
}

Result<SecretIdentity> SecretIdentity::parse(View text) {
  constexpr std::string_view form = "GLOVEBOX-SECRET-KEY-1:...";  // what was found is never shown
  const View prefix = view_of(secret_key_prefix);
  if (text.size() != prefix.size() + secret_text_size || !equal(text.first(prefix.size()), prefix))
    return no_key("another text", form);
  const View letters = text.subspan(prefix.size());
  unsigned bad = 0;
  const auto bytes = Secret<secret_size>::make([&](std::span<std::uint8_t, secret_size> out) {
    for (std::size_t i = 0; i < secret_size / 3; ++i) {
      unsigned group = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        const unsigned v = value(letters[4 * i + k]);
        bad |= v & not_a_letter;
        group = group << 6 | (v & 63U);
      }
      for (std::size_t k = 0; k < 3; ++k) out[3 * i + k] = static_cast<std::uint8_t>(group >> (16 - 8 * k));
    }
  });
  if (bad != 0) return no_key("characters that are not base64url", form);
  Secret<32> seed(bytes.expose().first<32>());
  const Secret<32> digest(sha256(seed.expose()));
  if (!equal_secret(digest.expose().first<checksum_size>(), bytes.expose().last<checksum_size>()))
    return fail(Reject::key_invalid, "a wrong checksum", "the whole key", "was it copied whole?");
  return from_seed(std::move(seed));
}

Result<SecretIdentity> SecretIdentity::parse_file(View file) {
  if (file.size() > key_file_max) return fail(Reject::too_large, std::to_string(file.size()) + " bytes");
  std::optional<View> secret;
  while (!file.empty()) {
    const auto end = std::ranges::find(file, std::uint8_t{'\n'});
    const auto size = static_cast<std::size_t>(end - file.begin());
    const View line = file.first(size);
    file = file.subspan(std::min(size + 1, file.size()));
    if (line.empty() || line[0] == '#') continue;
    if (secret) return no_key("more than one key", "comments and one secret key");
    secret = line;
  }
  if (!secret) return no_key("no key", "comments and one secret key");
  return parse(*secret);
}

SecretBytes SecretIdentity::text() const {
  const Secret<32> digest(sha256(seed_.expose()));
  const auto bytes = Secret<secret_size>::make([&](std::span<std::uint8_t, secret_size> out) {
    std::ranges::copy(seed_.expose(), out.begin());
    std::ranges::copy(digest.expose().first<checksum_size>(), out.begin() + 32);
  });
  SecretBytes out(secret_key_prefix.size() + secret_text_size);
  auto at = std::ranges::copy(view_of(secret_key_prefix), out.expose_mutable().begin()).out;
  for (std::size_t i = 0; i < secret_size; i += 3) {
    const auto b = bytes.expose();
    const unsigned group = static_cast<unsigned>(b[i] << 16 | b[i + 1] << 8 | b[i + 2]);
    for (int shift = 18; shift >= 0; shift -= 6) *at++ = letter(group >> shift & 63U);
  }
  return out;
}

SecretBytes SecretIdentity::file(Time created) const {
  const std::string head = "# created: " + to_rfc3339(created) + "\n# public key: " + public_identity().text() + "\n";
  const SecretBytes secret = text();
  SecretBytes out(head.size() + secret.size() + 1);
  auto at = std::ranges::copy(view_of(head), out.expose_mutable().begin()).out;
  at = std::ranges::copy(secret.expose(), at).out;
  *at = '\n';
  return out;
}
}  // namespace glovebox::crypto
