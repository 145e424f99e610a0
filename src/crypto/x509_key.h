// x509_key.h: a certificate's key, its signature, its names and its extensions, without those parts of OpenSSL that
// take half as long as the signature does. What has not exactly the usual form goes the slow way, by OpenSSL alone:
// what is accepted is the same. Only crypto's own .cpp files include this.
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

// has_usual_pss says whether a certificate in strict DER says of itself that it is signed with RSASSA-PSS, SHA-384,
// MGF1 with SHA-384 and a salt of 48 bytes, in one of the two spellings that are in use.
bool has_usual_pss(View der);

// usual_name is a name as RFC 2253 writes it, where that needs no escapes: its parts of one attribute each, which are
// those that everybody uses, with letters, digits and a few signs in them. Nothing for any other name.
std::optional<std::string> usual_name(const X509_NAME* name);

// What OpenSSL says in x509.cpp's place, where it is asked: how a name reads, with what a certificate is signed,
// whether it takes the extensions.
std::string name_by_openssl(const X509_NAME* name);
CertificateSignature signature_kind_by_openssl(X509* certificate);
bool extensions_hold_by_openssl(X509* certificate);

// has_signature_of says whether this key signed the certificate, as X509_verify says it. signature_by_openssl is
// X509_verify itself.
bool has_signature_of(const Certificate::State& certificate, EVP_PKEY* key);
bool signature_by_openssl(const Certificate::State& certificate, EVP_PKEY* key);

}  // namespace glovebox::crypto
