// layers: image
// max_len: 65536
// Enclave images: one that is read is written back byte for byte, measures the same each time, and shows no difference
// to itself; its signature covers its PCR0; and its parts (ramdisks, metadata, kernel) are read or refused.
#include "image/cpio.h"
#include "image/diff.h"
#include "image/kernel.h"
#include "image/metadata.h"
#include "property.h"

using namespace glovebox;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  (void)image::kernel_config(input);
  (void)image::kernel_version(input);
  if (const auto metadata = image::parse_metadata(input))
    require(image::parse_metadata(view_of(image::write_metadata(*metadata))).value() == *metadata,
            "metadata that is read says the same once written");
  if (const auto files = image::parse_cpio(input))
    require(image::parse_cpio(image::write_cpio(*files)).value().size() == files->size(),
            "what a ramdisk holds is held by what is written of it");
  const auto eif = image::parse_eif(input);
  if (!eif) return 0;
  require(equal(image::write_eif(*eif), input), "an image that is read is written back as it came");
  for (const View ramdisk : eif->ramdisks()) (void)image::read_ramdisk(ramdisk);
  const auto inspected = image::inspect(input);
  if (!inspected) return 0;
  require(inspected->measurements.pcr8.has_value() == inspected->eif.signature().has_value(),
          "PCR8 is of the signature's certificate");
  require(image::differences(*inspected, *inspected).empty(), "an image does not differ from itself");
  return 0;
}
