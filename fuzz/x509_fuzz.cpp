// layers: crypto
// max_len: 4096
// X.509: what parses keeps its bytes, has its fields within bounds, and is issued by no root of ours.
#include "crypto/x509.h"
#include "crypto/x509_build.h"
#include "property.h"

using namespace glovebox;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const crypto::EcKey key = crypto::EcKey::generate();
  static const Time start = Time::from_seconds(1'700'000'000);
  static const crypto::Certificate root =
      crypto::Certificate::parse(crypto::self_signed(crypto::root_template("fuzz", start, start.plus_seconds(9)), key))
          .value();
  const View bytes(data, size);
  const auto certificate = crypto::Certificate::parse(bytes);
  if (!certificate) {
    require(certificate.error().reason == Reject::certificate_invalid, "one reason for all that does not parse");
    return 0;
  }
  require(equal(certificate->der(), bytes), "the bytes are kept");
  const auto& fields = certificate->fields();
  for (const std::string& name : {fields.subject, fields.issuer}) {
    require(name.size() <= 256, "names are bounded");
    for (const char c : name) require(c >= ' ' && c <= '~', "names are printable");
  }
  require((fields.key == crypto::CertificateKey::p384) == certificate->ec_public_key().has_value(),
          "the kind of key is the key's");
  require(!crypto::verify_chain(root, {}, *certificate, start), "not issued by our root");
  require(!crypto::verify_chain(*certificate, {}, root, start), "issues nothing of ours");
  require(!crypto::verify_chain(root, std::span(&*certificate, 1), *certificate, start), "not issued by our root");
  return 0;
}
