// image_testing.h: small images for the tests of this layer.
#pragma once
#include "crypto/x509_build.h"
#include "image/cpio.h"
#include "image/gzip.h"
#include "image/image_signature.h"
#include "image/metadata.h"
#include "support.h"

namespace glovebox::image::test {
using namespace glovebox::test;

inline const Metadata metadata = {.image_name = "glovebox",
                                  .image_version = "1",
                                  .build_time = "1970-01-01T00:00:00Z",
                                  .build_tool = "glovebox image",
                                  .build_tool_version = "1",
                                  .operating_system = "Linux",
                                  .kernel_version = "6.12"};

// Parts is an image to be changed before it is written.
struct Parts {
  Bytes kernel = to_bytes(view_of("a kernel"));
  std::string command_line = "reboot=k console=ttyS0";
  std::string meta = write_metadata(metadata);
  std::vector<Bytes> ramdisks = {
      gzip(write_cpio({CpioEntry::file("init", view_of("an init"), 0755)})),
      write_cpio({CpioEntry::folder("models"), CpioEntry::file("models/a.glovebox", view_of("a model"))})};

  Eif eif() const {
    Eif out{.sections = {{SectionType::kernel, kernel},
                         {SectionType::command_line, view_of(command_line)},
                         {SectionType::metadata, view_of(meta)}}};
    for (const Bytes& ramdisk : ramdisks) out.sections.push_back({SectionType::ramdisk, ramdisk});
    return out;
  }
  Bytes file() const { return write_eif(eif()); }
};

inline std::string pem(View der) {
  std::string out = "-----BEGIN CERTIFICATE-----\n";
  const std::string text = to_base64(der);
  for (std::size_t at = 0; at < text.size(); at += 64) out += text.substr(at, 64) + "\n";
  return out + "-----END CERTIFICATE-----\n";
}

struct Signer {
  crypto::EcKey key = crypto::EcKey::generate();
  Bytes certificate = crypto::self_signed(
      crypto::root_template("images", Time::from_seconds(1'700'000'000), Time::from_seconds(2'000'000'000)), key);

  Bytes section(const Eif& eif) const { return sign(key, pem(certificate), measure(eif).pcr0).value(); }
};

}  // namespace glovebox::image::test
