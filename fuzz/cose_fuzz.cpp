// layers: crypto
// max_len: 4096
// COSE_Sign1: what parses in strict form has one encoding, is also foreign form with the same contents, and verifies
// under no key of ours.
#include "crypto/cose.h"
#include "property.h"

using namespace glovebox;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  static const crypto::SigningKey key(Secret<32>(Array<32>{1}));
  const auto strict = crypto::parse_cose_sign1_unverified(bytes, cbor::Form::strict);
  const auto foreign = crypto::parse_cose_sign1_unverified(bytes, cbor::Form::foreign);
  static const crypto::EcKey ec = crypto::EcKey::generate();
  if (strict) {
    require(foreign.has_value() && !foreign->tagged && foreign->algorithm == strict->algorithm &&
                equal(foreign->payload, strict->payload),
            "strict form is foreign form with the same contents");
    const Bytes again = cbor::Writer()
                            .array(4)
                            .bstr(cbor::Writer().map(1).uint(1).integer(strict->algorithm).take())
                            .map(0)
                            .bstr(strict->payload)
                            .bstr(strict->signature)
                            .take();
    require(equal(again, bytes), "strict form has one encoding");
  }
  if (foreign) {
    const auto inside = [&](View view) { return view.data() >= data && view.data() + view.size() <= data + size; };
    require(inside(foreign->payload) && inside(foreign->signature) && inside(foreign->protected_bytes),
            "views lie in the input");
    require(!crypto::verify_cose_sign1(*foreign, key.public_key(), view_of("glovebox fuzz v1")),
            "nothing verifies under a key that signed nothing");
    require(!crypto::verify_cose_sign1(*foreign, ec.public_key(), view_of("glovebox fuzz v1")),
            "nor under one of another kind");
  }
  const Bytes ours = crypto::sign_document(key, bytes, "glovebox fuzz v1");
  const auto opened = crypto::open_signed(ours, key.public_key(), "glovebox fuzz v1");
  require(opened && equal(*opened, bytes), "what was signed opens");
  require(!crypto::open_signed(ours, key.public_key(), "glovebox fuzz v2"), "and as no other kind of document");
  if (size % 16 == 0) {  // ES384 is slow
    const Bytes theirs = crypto::cose_sign1(ec, bytes, view_of("aad"));
    const auto parsed = crypto::parse_cose_sign1_unverified(theirs, cbor::Form::strict);
    require(parsed && crypto::verify_cose_sign1(*parsed, ec.public_key(), view_of("aad")), "so with an elliptic curve");
  }
  return 0;
}
