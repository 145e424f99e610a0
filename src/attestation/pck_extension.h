// pck_extension.h: what Intel writes into the certificate of a platform's key (Intel SGX PCK Certificate and CRL
// Profile Specification, section 1.3.5): which platform, of which kind, and the versions of its parts. Strict DER in
// Intel's own order, so that what parses has one spelling.
#pragma once
#include <optional>

#include "base/bytes.h"

namespace glovebox::attestation {

constexpr const char* oid_pck_extension = "1.2.840.113741.1.13.1";
constexpr std::size_t pck_extension_size_max = 1024;

struct PckExtension {
  // Configuration is there in certificates of the Platform CA alone.
  struct Configuration {
    Array<16> platform_instance{};
    bool dynamic = false;
    bool cached_keys = false;
    bool smt = false;
    bool operator==(const Configuration&) const = default;
  };

  Array<16> ppid{};  // the platform's number
  Array<16> components{};
  std::uint16_t pce_svn = 0;
  Array<16> cpu_svn{};
  Array<2> pce_id{};
  Array<6> fmspc{};
  std::uint8_t type = 0;  // 0 standard, 1 scalable, 2 scalable with integrity
  std::optional<Configuration> configuration = {};
  bool operator==(const PckExtension&) const = default;

  Bytes encode() const;
  static Result<PckExtension> parse(View der);  // certificate_invalid
};

}  // namespace glovebox::attestation
