// measure.h: what the Nitro platform will say of an image: PCR0, 1, 2 and 8, computed from the file
// (aws-nitro-enclaves-image-format, README.md; each register is SHA384(0^48 || SHA384(content))).
#pragma once
#include "attestation/pcr.h"
#include "image/eif.h"

namespace glovebox::image {

struct Measurements {
  attestation::Pcr pcr0{};  // kernel, command line and all ramdisks, in file order, no lengths between
  attestation::Pcr pcr1{};  // kernel, command line and the first ramdisk
  attestation::Pcr pcr2{};  // the other ramdisks; attestation::no_ramdisk() where there is one
  std::optional<attestation::Pcr> pcr8 = {};  // the DER of the certificate that signs the image
  bool operator==(const Measurements&) const = default;
};

// measure reads no signature: `certificate` is the DER of the certificate in it, where there is one.
Measurements measure(const Eif& eif, std::optional<View> certificate = {});

// registers_of says in which of PCR0, 1 and 2 the section at this place is measured.
std::vector<std::uint8_t> registers_of(const Eif& eif, std::size_t section);

}  // namespace glovebox::image
