#include "crypto/x509_fields.h"

#include <openssl/rsa.h>

#include "crypto/chain_memory.h"
#include "crypto/openssl.h"
#include "crypto/pss_parameters.h"
#include "crypto/x509_key.h"

namespace glovebox::crypto {
namespace {
using Object = std::unique_ptr<ASN1_OBJECT, Freed<ASN1_OBJECT_free>>;
using PssParameters = std::unique_ptr<RSA_PSS_PARAMS, Freed<RSA_PSS_PARAMS_free>>;
constexpr std::int64_t salt_size = 48;

bool names(const X509_ALGOR* algorithm, int nid) {
  const ASN1_OBJECT* object = nullptr;
  if (algorithm == nullptr) return false;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  return OBJ_obj2nid(object) == nid;
}

// mask_names: the hash inside MGF1's parameters.
bool mask_names(const X509_ALGOR* mask, int nid) {
  if (!names(mask, NID_mgf1)) return false;
  int type = 0;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, mask);
  if (type != V_ASN1_SEQUENCE) return false;
  const auto* const text = static_cast<const ASN1_STRING*>(value);
  const std::uint8_t* at = ASN1_STRING_get0_data(text);
  const std::unique_ptr<X509_ALGOR, Freed<X509_ALGOR_free>> hash(
      d2i_X509_ALGOR(nullptr, &at, ASN1_STRING_length(text)));
  return names(hash.get(), nid);
}
}  // namespace

std::optional<Bytes> extension_value(const Certificate& certificate, const char* dotted) {
  const ForgetErrors forget;
  X509* const x509 = certificate.state().x509.get();
  const Object object(OBJ_txt2obj(dotted, 1));
  must(object != nullptr, "object identifier");
  const int at = X509_get_ext_by_OBJ(x509, object.get(), -1);
  if (at < 0) return std::nullopt;
  const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(X509_get_ext(x509, at));
  return to_bytes({ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value))});
}

std::string common_name(const Certificate& certificate) {
  const X509_NAME* const subject = X509_get_subject_name(certificate.state().x509.get());
  const ASN1_OBJECT* const wanted = OBJ_nid2obj(NID_commonName);
  const X509_NAME_ENTRY* found = nullptr;
  // The last, where it has several.
  for (int at = X509_NAME_entry_count(subject) - 1; at >= 0 && found == nullptr; --at)
    if (const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(subject, at);
        OBJ_cmp(X509_NAME_ENTRY_get_object(entry), wanted) == 0)
      found = entry;
  if (found == nullptr) return {};
  const ASN1_STRING* const text = X509_NAME_ENTRY_get_data(found);
  std::string out(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                  static_cast<std::size_t>(std::min(ASN1_STRING_length(text), 64)));
  return std::ranges::all_of(out, [](char c) { return c >= ' ' && c <= '~'; }) ? out : std::string();
}

std::size_t rsa_bits(const Certificate& certificate) {
  if (certificate.fields().key != CertificateKey::rsa) return 0;
  const int bits = EVP_PKEY_get_bits(certificate.state().key.get());
  return bits > 0 ? static_cast<std::size_t>(bits) : 0;
}

bool is_pss_sha384_48(const X509_ALGOR* algorithm) {
  const ForgetErrors forget;
  if (!names(algorithm, NID_rsassaPss)) return false;
  int type = 0;
  const void* value = nullptr;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return false;
  const auto* const text = static_cast<const ASN1_STRING*>(value);
  const std::uint8_t* at = ASN1_STRING_get0_data(text);
  const PssParameters pss(d2i_RSA_PSS_PARAMS(nullptr, &at, ASN1_STRING_length(text)));
  std::int64_t salt = 0;
  return pss != nullptr && names(pss->hashAlgorithm, NID_sha384) && mask_names(pss->maskGenAlgorithm, NID_sha384) &&
         pss->saltLength != nullptr && ASN1_INTEGER_get_int64(&salt, pss->saltLength) == 1 && salt == salt_size;
}

bool signed_pss_sha384_48(const Certificate& certificate) {
  if (has_usual_pss(certificate.der())) return true;
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(nullptr, &algorithm, certificate.state().x509.get());
  return is_pss_sha384_48(algorithm);
}

namespace {
constexpr std::size_t der_head = 4;  // of a certificate: 30 82 and two bytes of length

Result<std::vector<Certificate>> parse_der_chain(View der, ChainMemory* memory) {
  std::vector<Certificate> out;
  while (!der.empty()) {
    const std::size_t size = der.size() < der_head ? 0 : der_head + (std::size_t{der[2]} << 8 | der[3]);
    if (size == 0 || der[0] != 0x30 || der[1] != 0x82 || size > der.size() || out.size() == certificate_chain_max)
      return fail(Reject::certificate_invalid, "another text than a chain of certificates", "certificates in DER");
    GLOVEBOX_TRY(certificate, certificate_of(der.first(size), memory));
    out.push_back(std::move(certificate));
    der = der.subspan(size);
  }
  return out;
}
}  // namespace

Result<std::vector<Certificate>> parse_chain(View pem, ChainMemory* memory) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----\n";
  constexpr std::string_view end = "-----END CERTIFICATE-----";
  std::string_view text = text_of(pem);
  if (text.starts_with('\x30')) return parse_der_chain(pem, memory);
  if (text.ends_with('\0')) text.remove_suffix(1);
  std::vector<Certificate> out;
  while (!text.empty()) {
    const std::size_t stop = text.find(end);
    if (!text.starts_with(begin) || stop == std::string_view::npos || out.size() == certificate_chain_max)
      return fail(Reject::certificate_invalid, "another text than a chain of certificates",
                  "PEM blocks CERTIFICATE, at most " + std::to_string(certificate_chain_max));
    GLOVEBOX_TRY(der, pem_certificate(view_of(text.substr(0, stop + end.size()))));
    GLOVEBOX_TRY(certificate, certificate_of(der, memory));
    out.push_back(std::move(certificate));
    text.remove_prefix(stop + end.size());
    if (text.starts_with('\n')) text.remove_prefix(1);
  }
  if (out.empty()) return fail(Reject::certificate_invalid, "no certificate in it", "at least one");
  return out;
}

}  // namespace glovebox::crypto
