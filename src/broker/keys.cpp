#include "broker/keys.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "base/file.h"
#include "base/reader.h"
#include "crypto/random.h"

namespace glovebox::broker {
namespace {

constexpr std::string_view identity_mark = "glovebox broker1";
constexpr std::string_view wrapping_mark = "glovebox wrapkey";
constexpr std::size_t mark_size = 16;
constexpr std::size_t key_file_size = mark_size + 2 + 32;

Status write_key(const std::filesystem::path& file, std::string_view mark, std::uint16_t kem, const Secret<32>& seed) {
  SecretBytes bytes(key_file_size);
  const auto out = bytes.expose_mutable();
  std::ranges::copy(view_of(mark), out.begin());
  out[mark_size] = static_cast<std::uint8_t>(kem >> 8);
  out[mark_size + 1] = static_cast<std::uint8_t>(kem);
  std::ranges::copy(seed.expose(), out.last(32).begin());
  return write_file(file, bytes.expose(), Visibility::owner, Existing::refuse);
}

struct KeyFile {
  std::uint16_t kem;
  Secret<32> seed;
};

Result<KeyFile> read_key(const std::filesystem::path& file, std::string_view mark) {
  GLOVEBOX_TRY(bytes, read_secret_file(file, key_file_size));
  const View view = bytes.expose();
  if (view.size() != key_file_size || text_of(view.first(mark_size)) != mark)
    return fail(Reject::key_invalid, file.string(), "a broker's key file");
  return KeyFile{static_cast<std::uint16_t>(view[mark_size] << 8 | view[mark_size + 1]), Secret<32>(view.last<32>())};
}

std::filesystem::path key_path(const std::filesystem::path& folder, std::uint64_t version, const char* ending) {
  return folder / "keys" / (std::to_string(version) + ending);
}

}  // namespace

Status Keys::create(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder / "keys", error);
  if (error) return fail(Reject::file_unwritable, folder.string() + ": " + error.message());
  if (::chmod(folder.c_str(), 0700) != 0) return fail(Reject::file_unwritable, folder.string());
  return write_key(folder / "identity.key", identity_mark, 0, crypto::SigningKey::generate().seed());
}

Result<Keys> Keys::load(const std::filesystem::path& folder) {
  GLOVEBOX_TRY(identity, read_key(folder / "identity.key", identity_mark));
  Keys keys{crypto::SigningKey(identity.seed)};
  for (std::uint64_t n = 1; n <= versions_max; ++n) {
    std::error_code error;
    if (!std::filesystem::exists(key_path(folder, n, ".statement"), error)) break;
    if (!std::filesystem::exists(key_path(folder, n, ".key"), error)) continue;  // destroyed: its statement alone stays
    GLOVEBOX_TRY(file, read_key(key_path(folder, n, ".key"), wrapping_mark));
    GLOVEBOX_TRY(kem, crypto::kem_from_id(file.kem));
    GLOVEBOX_TRY(signed_statement, read_file(key_path(folder, n, ".statement"), protocol::key_statement_size_max));
    GLOVEBOX_TRY(statement, protocol::KeyStatement::open(signed_statement, keys.identity_.public_key()));
    auto key = crypto::KemPrivate::from_seed(kem, file.seed);
    if (statement.key != key.public_key() || statement.version != n)
      return fail(Reject::broker_unknown, key_path(folder, n, ".statement").string(),
                  "the statement of the key beside it");
    keys.versions_.push_back({std::move(key), std::move(statement), std::move(signed_statement)});
  }
  return keys;
}

const Version* Keys::find(const Digest& key_version) const {
  const auto found =
      std::ranges::find(versions_, key_version, [](const Version& v) { return v.statement.key_version(); });
  return found == versions_.end() ? nullptr : &*found;
}

Bytes Keys::encode() const {
  protocol::BrokerKeys keys;
  for (const Version& version : versions_) keys.statements.push_back(version.signed_statement);
  return keys.encode();
}

Status Keys::add(const std::filesystem::path& folder, crypto::Kem kem, Time not_before, Time not_after,
                 bool development) {
  std::uint64_t n = 1;
  while (std::filesystem::exists(key_path(folder, n, ".statement"))) ++n;
  if (n > versions_max)
    return fail(Reject::too_large, std::to_string(n) + " key versions", "at most " + std::to_string(versions_max));
  if (not_after <= not_before) return fail(Reject::usage, "a key that ends before it begins", "--days of at least 1");
  auto key = crypto::KemPrivate::generate(kem);
  const Time from = Time::from_seconds(not_before.seconds());
  const Time until = Time::from_seconds(not_after.seconds());
  protocol::KeyStatement statement{identity_.public_key(), n, key.public_key(), from, until, development};
  Bytes signed_statement = statement.sign(identity_);
  // The key first: a statement without its key would invite wraps that nobody can open.
  GLOVEBOX_CHECK(write_key(key_path(folder, n, ".key"), wrapping_mark, static_cast<std::uint16_t>(kem), key.seed()));
  GLOVEBOX_CHECK(write_file(key_path(folder, n, ".statement"), signed_statement));
  versions_.push_back({std::move(key), std::move(statement), std::move(signed_statement)});
  return {};
}

}  // namespace glovebox::broker
