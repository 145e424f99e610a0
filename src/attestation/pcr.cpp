#include "attestation/pcr.h"

#include <algorithm>

#include "base/cbor.h"
#include "crypto/hash.h"

namespace glovebox::attestation {

bool is_zero(const Pcr& value) {
  return std::ranges::all_of(value, [](std::uint8_t b) { return b == 0; });
}

Pcr extend(const Pcr& old, View data) {
  return crypto::sha384({View(old), data});
}

Pcr measure_digest(const Array<48>& digest) {
  return extend(Pcr{}, digest);
}

Pcr measure(View content) {
  return measure_digest(crypto::sha384(content));
}

Pcr no_ramdisk() {
  return measure({});
}

Array<48> models_data(std::span<const Digest> models) {
  std::vector<Digest> sorted(models.begin(), models.end());
  std::ranges::sort(sorted);
  cbor::Writer out;
  out.document("glovebox models v1", 2).array(sorted.size());
  for (const Digest& model : sorted) out.bstr(model);
  return crypto::sha384(out.view());
}

Array<48> configuration_data(const Digest& configuration) {
  cbor::Writer out;
  out.document("glovebox configuration v1", 2).bstr(configuration);
  return crypto::sha384(out.view());
}

Pcr models_register(std::span<const Digest> models) {
  return extend(Pcr{}, models_data(models));
}
Pcr configuration_register(const Digest& configuration) {
  return extend(Pcr{}, configuration_data(configuration));
}

}  // namespace glovebox::attestation
