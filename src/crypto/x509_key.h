// x509_key.h: the key in a certificate and the signature on it, without OpenSSL's decoders, which take half as long as
// the signature does. What has not exactly the usual form goes the slow way, by OpenSSL alone: what is accepted is the
// same. Only crypto's own .cpp files include this.
#pragma once
#include "crypto/openssl.h"

namespace glovebox::crypto {

// parse_form reads DER as a certificate and leaves its key alone: X509_get0_pubkey and X509_verify would find nothing
// in what it returns. nullptr where it is no certificate to the last byte.
X509Owned parse_form(View der);

// key_from_spki returns the key in a SubjectPublicKeyInfo of strict DER; nullptr where OpenSSL knows none.
// key_by_decoder is the slow way, which takes all that OpenSSL takes.
Pkey key_from_spki(View spki);
Pkey key_by_decoder(View spki);

// has_signature_of says whether this key signed the certificate, as X509_verify says it. signature_by_openssl is
// X509_verify itself.
bool has_signature_of(const Certificate::State& certificate, EVP_PKEY* key);
bool signature_by_openssl(const Certificate::State& certificate, EVP_PKEY* key);

}  // namespace glovebox::crypto
