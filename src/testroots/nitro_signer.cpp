#include "testroots/nitro_signer.h"

#include <algorithm>

namespace glovebox::testroots {
namespace {
constexpr std::int64_t before_seconds = 600;
constexpr std::int64_t after_seconds = 7200;
constexpr std::size_t half = 48;
// The order of P-384 (FIPS 186-5).
constexpr Array<half> order = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                               0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                               0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
                               0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73};

crypto::EcSignature other_s(const crypto::EcSignature& signature) {  // (r, n - s)
  crypto::EcSignature out = signature;
  int borrow = 0;
  for (std::size_t i = half; i-- > 0;) {
    const int difference = order[i] - signature[half + i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    out[half + i] = static_cast<std::uint8_t>(difference + 256 * borrow);
  }
  return out;
}
}  // namespace

NitroSigner::NitroSigner(Time now, const std::string& root_name) {
  const Time begin = now.plus_seconds(-before_seconds);
  const Time end = now.plus_seconds(after_seconds);
  root = crypto::root_template(root_name, begin, end);
  region = crypto::intermediate_template("test-1.nitro", begin, end, 1);
  instance = crypto::intermediate_template("i-0123456789abcdef0.test-1.nitro", begin, end, 0);
  leaf = crypto::leaf_template("i-0123456789abcdef0-enc0123456789abcdef.test-1.nitro", begin, end);
}

NitroSigner::Chain NitroSigner::issue() const {
  const auto parse = [](const Bytes& der) { return crypto::Certificate::parse(der).value(); };
  Chain out;
  const Bytes top = crypto::self_signed(root, root_key);
  const Bytes middle = crypto::issue(region, region_key.public_key(), parse(top), root_key);
  const Bytes low = crypto::issue(instance, instance_key.public_key(), parse(middle), region_key);
  out.leaf = crypto::issue(leaf, leaf_key.public_key(), parse(low), instance_key);
  out.bundle = {top, middle, low};
  return out;
}

Bytes NitroSigner::document(View payload) const {
  return crypto::cose_sign1(leaf_key, payload, {});
}

Bytes NitroSigner::raw(View protected_header, View unprotected, View payload, View signature) {
  return cbor::Writer().array(4).bstr(protected_header).raw(unprotected).bstr(payload).bstr(signature).take();
}

crypto::EcSignature low_s(const crypto::EcSignature& signature) {
  const auto other = other_s(signature);
  return std::ranges::lexicographical_compare(View(other).subspan(half), View(signature).subspan(half)) ? other
                                                                                                        : signature;
}
crypto::EcSignature high_s(const crypto::EcSignature& signature) {
  return other_s(low_s(signature));
}

}  // namespace glovebox::testroots
