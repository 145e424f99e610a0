#include "crypto/ec_point.h"

namespace glovebox::crypto {
namespace {
const EVP_PKEY* parameters_of(const char* name) {
  std::string group = name;
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
                             OSSL_PARAM_construct_end()};
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* made = nullptr;  // kept for the life of the program
  must(context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
           EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_KEY_PARAMETERS, parameters) == 1,
       name);
  return made;
}

const EVP_PKEY* parameters_of(Curve curve) {
  static const EVP_PKEY* const p256 = parameters_of("P-256");
  static const EVP_PKEY* const p384 = parameters_of("P-384");
  return curve == Curve::p256 ? p256 : p384;
}
}  // namespace

Pkey ec_public_from(Curve curve, View point) {
  const std::size_t size = curve == Curve::p256 ? 65 : 97;
  if (point.size() != size || point[0] != 4) return nullptr;
  Pkey key(EVP_PKEY_new());
  must(key != nullptr && EVP_PKEY_copy_parameters(key.get(), parameters_of(curve)) == 1, "curve");
  if (EVP_PKEY_set1_encoded_public_key(key.get(), point.data(), point.size()) != 1) return nullptr;
  return key;
}

}  // namespace glovebox::crypto
