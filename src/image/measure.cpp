#include "image/measure.h"

#include "crypto/hash.h"

namespace glovebox::image {

std::vector<std::uint8_t> registers_of(const Eif& eif, std::size_t section) {
  switch (eif.sections[section].type) {
    case SectionType::kernel:
    case SectionType::command_line:
      return {0, 1};
    case SectionType::ramdisk: {
      const auto first = std::ranges::find(eif.sections, SectionType::ramdisk, &Section::type);
      return std::distance(eif.sections.begin(), first) == static_cast<std::ptrdiff_t>(section)
                 ? std::vector<std::uint8_t>{0, 1}
                 : std::vector<std::uint8_t>{0, 2};
    }
    case SectionType::signature:
      return {8};
    case SectionType::metadata:
      return {};
  }
  return {};
}

Measurements measure(const Eif& eif, std::optional<View> certificate) {
  std::array<crypto::Sha384, 3> hashes;
  for (std::size_t i = 0; i < eif.sections.size(); ++i)
    for (const std::uint8_t pcr : registers_of(eif, i))
      if (pcr < hashes.size()) hashes[pcr].update(eif.sections[i].data);
  Measurements out{.pcr0 = attestation::measure_digest(hashes[0].finish()),
                   .pcr1 = attestation::measure_digest(hashes[1].finish()),
                   .pcr2 = attestation::measure_digest(hashes[2].finish())};
  if (certificate) out.pcr8 = attestation::measure(*certificate);
  return out;
}

}  // namespace glovebox::image
