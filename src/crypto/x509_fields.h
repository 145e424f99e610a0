// x509_fields.h: what one platform's certificates say that others' do not: extensions of its own, by dotted object
// identifier, and what an RSA authority's key and signature are like. Beside x509.h, which has what all chains need.
#pragma once
#include "crypto/x509.h"

namespace glovebox::crypto {

class ChainMemory;

// extension_value returns the bytes inside an extension's OCTET STRING; nothing where there is no such extension.
std::optional<Bytes> extension_value(const Certificate& certificate, const char* dotted);
// common_name is the last CN of the subject, printable ASCII; empty where there is none.
std::string common_name(const Certificate& certificate);
std::size_t rsa_bits(const Certificate& certificate);  // 0 for another kind of key
// signed_pss_sha384_48 says whether the signature's parameters are SHA-384, MGF1 with SHA-384 and a salt of 48 bytes.
bool signed_pss_sha384_48(const Certificate& certificate);

// chain_rsa_pss is AMD's: RSA authorities that sign with PSS, a leaf on P-384. Leaves have no key usage.
constexpr ChainProfile chain_rsa_pss{.ca_key = CertificateKey::rsa,
                                     .leaf_key = CertificateKey::p384,
                                     .signature = CertificateSignature::rsa_pss_sha384,
                                     .key_usage_required = false};

// chain_p256 is Intel's: keys on P-256 and SHA-256 from root to leaf.
constexpr ChainProfile chain_p256{.ca_key = CertificateKey::p256,
                                  .leaf_key = CertificateKey::p256,
                                  .signature = CertificateSignature::ecdsa_sha256,
                                  .key_usage_required = true};

// parse_chain reads what a quote of Intel's carries: PEM blocks CERTIFICATE, one directly after the other, each line
// ended by a newline, and at the end nothing but one zero byte; or certificates in DER, one directly after the other,
// as Intel's own samples have them. At most certificate_chain_max. certificate_invalid. What the memory knows is not
// parsed again; nothing is put into it.
Result<std::vector<Certificate>> parse_chain(View chain, ChainMemory* memory = nullptr);

}  // namespace glovebox::crypto
