// ec_point.h: public keys on NIST's curves from their points. A curve is made ready once: to do so takes longer than to
// check that a point is on it. Only crypto's own .cpp files include this.
#pragma once
#include "crypto/openssl.h"

namespace glovebox::crypto {

enum class Curve { p256, p384 };

// ec_public_from takes an uncompressed point of the curve, 65 or 97 bytes; nullptr for anything else.
Pkey ec_public_from(Curve curve, View point);

}  // namespace glovebox::crypto
