// hmac.h: HMAC-SHA-256 (RFC 2104). Values are compared with equal_secret.
#pragma once
#include <memory>

#include "base/bytes.h"

namespace glovebox::crypto {

Array<32> hmac_sha256(View key, View data);
Array<32> hmac_sha256(View key, std::initializer_list<View> parts);

// HmacSha256 computes the HMAC of a stream; after finish it starts anew under the same key.
class HmacSha256 {
 public:
  explicit HmacSha256(View key);
  ~HmacSha256();
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  HmacSha256& update(View data);
  Array<32> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glovebox::crypto
