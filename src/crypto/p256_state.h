// p256_state.h: what p256.cpp and the builders of test certificates share. Only crypto's own .cpp files include this.
#pragma once
#include "crypto/openssl.h"
#include "crypto/p256.h"

namespace glovebox::crypto {

struct P256Public::State {
  Pkey key;
};
struct P256Key::State {
  Pkey key;
};

}  // namespace glovebox::crypto
