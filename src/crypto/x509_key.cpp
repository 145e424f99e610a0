#include "crypto/x509_key.h"

#include <openssl/provider.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "crypto/der.h"
#include "crypto/p256_state.h"

namespace glovebox::crypto {
namespace {
constexpr std::uint8_t p256_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                      0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
constexpr std::uint8_t rsa_algorithm[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                          0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
// RSASSA-PSS with SHA-384, MGF1 with SHA-384, a salt of 48: the algorithm identifier behind its two lengths, and what
// AMD writes behind that, the trailer field's default.
constexpr std::uint8_t pss_body[] = {0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
                                     0x02, 0x02, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48,
                                     0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48,
                                     0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x30};
constexpr std::uint8_t pss_name[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a};
constexpr std::uint8_t pss_trailer[] = {0xa3, 0x03, 0x02, 0x01, 0x01};
constexpr std::size_t modulus_min = 128;  // bytes
constexpr std::size_t modulus_max = 1024;
constexpr std::size_t exponent_max = 8;
constexpr int salt_size = 48;
constexpr std::uint8_t der_sequence = 0x30;
constexpr std::uint8_t der_integer = 0x02;
constexpr std::uint8_t der_bits = 0x03;

// A library context with nothing in it: in it OpenSSL reads a certificate's form and finds no decoder for its key.
OSSL_LIB_CTX* form_alone() {
  static OSSL_LIB_CTX* const context = [] {
    OSSL_LIB_CTX* const made = OSSL_LIB_CTX_new();  // kept for the life of the program
    must(made != nullptr && OSSL_PROVIDER_load(made, "null") != nullptr, "context for forms");
    return made;
  }();
  return context;
}

// take is the next element of what strict_der took, which must have this tag; nothing where it has not.
std::optional<View> take(View& rest, std::uint8_t tag) {
  const auto found = first_element(rest);
  if (!found || found->head != tag) return std::nullopt;
  rest = rest.subspan(found->whole.size());
  return found->content;
}

// positive is an integer's magnitude in the machine's order of bytes; nothing where it is negative or zero.
std::optional<Bytes> positive(View integer) {
  if (integer.empty() || integer[0] >= 0x80) return std::nullopt;
  if (integer[0] == 0) integer = integer.subspan(1);
  if (integer.empty()) return std::nullopt;
  return Bytes(integer.rbegin(), integer.rend());
}

Pkey rsa_from(Bytes n, Bytes e) {
  OSSL_PARAM parameters[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n.data(), n.size()),
                             OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e.data(), e.size()),
                             OSSL_PARAM_construct_end()};
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  must(context && EVP_PKEY_fromdata_init(context.get()) == 1, "RSA");
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) return nullptr;
  return Pkey(key);
}

// usual_rsa is the key where it is RSA in the one usual spelling (RFC 8017, appendix A.1.1; RFC 3279, section 2.3.1).
Pkey usual_rsa(View spki) {
  auto outer = take(spki, der_sequence);
  if (!outer || !spki.empty() || outer->size() < sizeof rsa_algorithm ||
      !equal(outer->first(sizeof rsa_algorithm), View(rsa_algorithm)))
    return nullptr;
  View rest = outer->subspan(sizeof rsa_algorithm);
  const auto bits = take(rest, der_bits);
  if (!bits || !rest.empty() || bits->empty() || (*bits)[0] != 0 || !strict_der(bits->subspan(1))) return nullptr;
  View inner = bits->subspan(1);
  auto numbers = take(inner, der_sequence);
  if (!numbers) return nullptr;
  const auto n = take(*numbers, der_integer);
  const auto e = take(*numbers, der_integer);
  if (!n || !e || !numbers->empty()) return nullptr;
  auto modulus = positive(*n);
  auto exponent = positive(*e);
  if (!modulus || !exponent || modulus->size() < modulus_min || modulus->size() > modulus_max ||
      exponent->size() > exponent_max)
    return nullptr;
  return rsa_from(*std::move(modulus), *std::move(exponent));
}

Pkey shared(EVP_PKEY* key) {
  must(EVP_PKEY_up_ref(key) == 1, "key");
  return Pkey(key);
}

// usual_pss says whether an algorithm identifier is RSASSA-PSS as above, in one of its two spellings.
bool usual_pss(View whole) {
  auto content = take(whole, der_sequence);
  if (!content || content->size() < sizeof pss_name || !equal(content->first(sizeof pss_name), View(pss_name)))
    return false;
  View rest = content->subspan(sizeof pss_name);
  const auto parameters = take(rest, der_sequence);
  if (!parameters || !rest.empty() || parameters->size() < sizeof pss_body ||
      !equal(parameters->first(sizeof pss_body), View(pss_body)))
    return false;
  const View behind = parameters->subspan(sizeof pss_body);
  return behind.empty() || equal(behind, View(pss_trailer));
}

// Signed is a certificate's two halves: what is signed, and under which algorithm.
struct Signed {
  View message;
  View algorithm;
};
std::optional<Signed> signed_of(View der) {
  const auto certificate = first_element(der);
  if (!certificate) return std::nullopt;
  const auto message = first_element(certificate->content);
  if (!message) return std::nullopt;
  const auto algorithm = first_element(certificate->content.subspan(message->whole.size()));
  if (!algorithm) return std::nullopt;
  return Signed{message->whole, algorithm->whole};
}

bool verified(EVP_PKEY* key, const char* digest, bool pss, View message, View signature) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  must(context != nullptr, "certificate verify");
  if (EVP_DigestVerifyInit_ex(context.get(), &parameters, digest, nullptr, nullptr, key, nullptr) != 1) return false;
  if (pss && (EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) != 1 ||
              EVP_PKEY_CTX_set_rsa_mgf1_md_name(parameters, digest, nullptr) != 1 ||
              EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, salt_size) != 1))
    return false;
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}
// The attributes of names that everybody uses: the last byte of 2.5.4.x (RFC 4519), and how OpenSSL writes each.
constexpr auto attributes = std::to_array<std::pair<std::uint8_t, std::string_view>>(
    {{3, "CN"}, {6, "C"}, {7, "L"}, {8, "ST"}, {10, "O"}, {11, "OU"}});
constexpr std::size_t usual_name_max = 200;  // below where x509.cpp cuts

bool needs_no_escape(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// plain says whether RFC 2253 writes a text as it is: a blank must not stand at either end.
bool plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  return std::ranges::all_of(text, [](char c) { return c == ' ' || needs_no_escape(c); });
}
}  // namespace

std::optional<std::string> usual_name(const X509_NAME* name) {
  std::string out;
  for (int i = X509_NAME_entry_count(name) - 1; i >= 0; --i) {
    const X509_NAME_ENTRY* const entry = X509_NAME_get_entry(name, i);
    if (X509_NAME_ENTRY_set(entry) != i) return std::nullopt;  // some part has several attributes
    const ASN1_OBJECT* const object = X509_NAME_ENTRY_get_object(entry);
    const std::uint8_t* const oid = OBJ_get0_data(object);
    if (OBJ_length(object) != 3 || oid[0] != 0x55 || oid[1] != 0x04) return std::nullopt;
    const auto attribute = std::ranges::find(attributes, oid[2], [](const auto& a) { return a.first; });
    const ASN1_STRING* const value = X509_NAME_ENTRY_get_data(entry);
    const int type = ASN1_STRING_type(value);
    if (attribute == attributes.end() || (type != V_ASN1_PRINTABLESTRING && type != V_ASN1_UTF8STRING))
      return std::nullopt;
    const std::string_view text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
                                static_cast<std::size_t>(ASN1_STRING_length(value)));
    if (!plain(text) || out.size() + text.size() > usual_name_max) return std::nullopt;
    if (!out.empty()) out += ',';
    out.append(attribute->second).append(1, '=').append(text);
  }
  return out;
}

X509Owned parse_form(View der) {
  X509* made = X509_new_ex(form_alone(), nullptr);
  must(made != nullptr, "certificate");
  const std::uint8_t* at = der.data();
  (void)d2i_X509(&made, &at, static_cast<long>(der.size()));  // which frees it where it fails
  X509Owned out(made);
  if (out == nullptr || at != der.data() + der.size()) return nullptr;
  return out;
}

Pkey key_by_decoder(View spki) {
  const std::uint8_t* at = spki.data();
  return Pkey(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
}

Pkey key_from_spki(View spki) {
  const View head(p256_head);
  if (spki.size() == head.size() + 64 && equal(spki.first(head.size()), head)) {
    const auto made = P256Public::from_point(spki.subspan(head.size()));
    return made ? shared(made->state().key.get()) : nullptr;
  }
  if (const auto made = EcPublic::from_spki(spki)) return shared(made->state().key.get());
  if (Pkey made = usual_rsa(spki)) return made;
  return key_by_decoder(spki);
}

bool has_usual_pss(View der) {
  const auto parts = signed_of(der);
  return parts && usual_pss(parts->algorithm);
}

bool has_signature_of(const Certificate::State& certificate, EVP_PKEY* key) {
  if (key == nullptr) return false;
  const auto parts = signed_of(certificate.der);
  const ASN1_BIT_STRING* bits = nullptr;
  const X509_ALGOR* algorithm = nullptr;
  X509_get0_signature(&bits, &algorithm, certificate.x509.get());
  const bool whole = (bits->flags & 7) == 0;  // bits that are left over are no signature
  const bool same = X509_ALGOR_cmp(algorithm, X509_get0_tbs_sigalg(certificate.x509.get())) == 0;
  const View signature(ASN1_STRING_get0_data(bits), static_cast<std::size_t>(ASN1_STRING_length(bits)));
  if (parts && whole && same) {
    const CertificateSignature kind = certificate.fields.signature;
    if (kind == CertificateSignature::ecdsa_sha384 && EVP_PKEY_is_a(key, "EC") == 1)
      return verified(key, "SHA2-384", false, parts->message, signature);
    if (kind == CertificateSignature::ecdsa_sha256 && EVP_PKEY_is_a(key, "EC") == 1)
      return verified(key, "SHA2-256", false, parts->message, signature);
    if (kind == CertificateSignature::rsa_pss_sha384 && EVP_PKEY_is_a(key, "RSA") == 1 && usual_pss(parts->algorithm))
      return verified(key, "SHA2-384", true, parts->message, signature);
  }
  return signature_by_openssl(certificate, key);
}

bool signature_by_openssl(const Certificate::State& certificate, EVP_PKEY* key) {
  const std::uint8_t* at = certificate.der.data();
  const X509Owned x509(d2i_X509(nullptr, &at, static_cast<long>(certificate.der.size())));
  return x509 != nullptr && key != nullptr && X509_verify(x509.get(), key) == 1;
}

}  // namespace glovebox::crypto
