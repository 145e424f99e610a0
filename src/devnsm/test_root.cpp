#include "devnsm/test_root.h"

#include <sys/stat.h>

#include "base/file.h"
#include "crypto/random.h"

namespace glovebox::devnsm {
namespace {
constexpr std::size_t file_size_max = 4096;
constexpr std::int64_t day = 86400;
constexpr std::string_view key_file = "root.key";          // PKCS #8, DER
constexpr std::string_view certificate_file = "root.crt";  // DER
}  // namespace

TestRoot TestRoot::create(Time now) {
  crypto::EcKey key = crypto::EcKey::generate();
  // A name of its own for each machine, so that two test roots are told apart in a message.
  const std::string name = "glovebox test root " + to_hex(crypto::random_array<4>());
  const Bytes der = crypto::self_signed(crypto::root_template(name, Time::from_seconds(now.seconds() - day),
                                                              Time::from_seconds(now.seconds() + 3650 * day)),
                                        key);
  return std::move(*from_parts(std::move(key), der));
}

Result<TestRoot> TestRoot::from_parts(crypto::EcKey key, View certificate) {
  GLOVEBOX_TRY(parsed, crypto::Certificate::parse(certificate));
  GLOVEBOX_TRY(inside, parsed.ec_public_key());
  if (!(inside == key.public_key()))
    return fail(Reject::key_invalid, "a key and a certificate that do not belong together");
  return TestRoot(std::move(key), std::move(parsed));
}

Result<TestRoot> TestRoot::load(const std::filesystem::path& folder) {
  GLOVEBOX_TRY(secret, read_secret_file(folder / key_file, file_size_max));
  GLOVEBOX_TRY(key, crypto::EcKey::from_pkcs8(secret.expose()));
  GLOVEBOX_TRY(certificate, read_file(folder / certificate_file, file_size_max));
  return from_parts(std::move(key), certificate);
}

Result<TestRoot> TestRoot::open(const std::filesystem::path& folder, Time now) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(Reject::file_unwritable, folder.string() + ": " + error.message());
  if (std::filesystem::exists(folder / certificate_file, error)) return load(folder);
  if (::chmod(folder.c_str(), 0700) != 0) return fail(Reject::file_unwritable, folder.string());
  TestRoot root = create(now);
  // The key first: a certificate without its key would look like a root that is there.
  GLOVEBOX_CHECK(write_file(folder / key_file, root.key_.pkcs8().expose(), Visibility::owner));
  GLOVEBOX_CHECK(write_file(folder / certificate_file, root.certificate_.der()));
  return root;
}

}  // namespace glovebox::devnsm
