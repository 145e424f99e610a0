// pss_parameters.h: whether an algorithm identifier is RSASSA-PSS with SHA-384, MGF1 with SHA-384 and a salt of 48
// bytes (RFC 4055, section 3.1), as AMD signs with. Only crypto's own .cpp files include this.
#pragma once
#include <openssl/x509.h>

namespace glovebox::crypto {

bool is_pss_sha384_48(const X509_ALGOR* algorithm);

}  // namespace glovebox::crypto
