// test_root.h: a machine's own test root: what signs development evidence in place of AWS. Made once, kept in a folder
// that only its owner reads; a policy must name it, as a test root, to accept anything under it.
#pragma once
#include <filesystem>

#include "base/time.h"
#include "crypto/x509_build.h"

namespace glovebox::devnsm {

class TestRoot {
 public:
  static TestRoot create(Time now);  // valid from a day before `now`, for ten years
  // load reads the folder; file_unreadable, key_invalid, certificate_invalid.
  static Result<TestRoot> load(const std::filesystem::path& folder);
  // open loads, or creates and keeps a new one (folder 0700, key 0600).
  static Result<TestRoot> open(const std::filesystem::path& folder, Time now);
  static Result<TestRoot> from_parts(crypto::EcKey key, View certificate);

  const crypto::EcKey& key() const { return key_; }
  const crypto::Certificate& certificate() const { return certificate_; }
  std::string name() const { return certificate_.fields().subject; }

 private:
  TestRoot(crypto::EcKey key, crypto::Certificate certificate)
      : key_(std::move(key)), certificate_(std::move(certificate)) {}
  crypto::EcKey key_;
  crypto::Certificate certificate_;
};

}  // namespace glovebox::devnsm
