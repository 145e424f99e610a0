#include "crypto/x509.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "crypto/der.h"
#include "crypto/hash.h"
#include "crypto/openssl.h"
#include "crypto/x509_key.h"

namespace glovebox::crypto {
namespace {
constexpr std::size_t name_text_max = 256;  // of a name shown to a person
constexpr int extensions_max = 32;
constexpr std::size_t pem_max = certificate_size_max * 2;

using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using BasicConstraints = std::unique_ptr<BASIC_CONSTRAINTS, Freed<BASIC_CONSTRAINTS_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, Freed<ASN1_OCTET_STRING_free>>;
using AuthorityKey = std::unique_ptr<AUTHORITY_KEYID, Freed<AUTHORITY_KEYID_free>>;
using BitString = std::unique_ptr<ASN1_BIT_STRING, Freed<ASN1_BIT_STRING_free>>;

std::unexpected<Error> invalid(std::string found, std::string expected = {}) {
  return fail(Reject::certificate_invalid, std::move(found), std::move(expected));
}

// readable writes a name for messages. Everything beyond printable ASCII is escaped, so that a certificate cannot
// write to a terminal. A usual name is written as OpenSSL would, without it: six of them take as long as a key.
std::string readable(const X509_NAME* name) {
  if (auto usual = usual_name(name)) return *std::move(usual);
  return name_by_openssl(name);
}
}  // namespace

std::string name_by_openssl(const X509_NAME* name) {
  const Bio bio(BIO_new(BIO_s_mem()));
  must(bio != nullptr, "BIO");
  if (X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) return "a name that cannot be shown";
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? std::string(text, std::min(static_cast<std::size_t>(size), name_text_max)) : std::string();
}

namespace {
Bytes name_der(const X509_NAME* name) {
  const std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  must(X509_NAME_get0_der(name, &bytes, &size) == 1, "X.509 name");
  return to_bytes({bytes, size});
}

// time_of reads the one form that RFC 5280 section 4.1.2.5 allows: to the second, in UTC.
std::optional<Time> time_of(const ASN1_TIME* time) {
  const int expected = ASN1_STRING_type(time) == V_ASN1_UTCTIME ? 13 : 15;
  const std::uint8_t* text = ASN1_STRING_get0_data(time);
  std::tm parts{};
  if (ASN1_STRING_length(time) != expected || text[expected - 1] != 'Z' || ASN1_TIME_to_tm(time, &parts) != 1)
    return std::nullopt;
  return Time::from_seconds(::timegm(&parts));
}

// signature_of asks OpenSSL only for what is not one of three spellings: it reads every extension before it answers.
CertificateSignature signature_of(X509* certificate, View der) {
  const int kind = X509_get_signature_nid(certificate);
  if (kind == NID_ecdsa_with_SHA256) return CertificateSignature::ecdsa_sha256;
  if (kind == NID_ecdsa_with_SHA384) return CertificateSignature::ecdsa_sha384;
  if (kind == NID_rsassaPss && has_usual_pss(der)) return CertificateSignature::rsa_pss_sha384;
  return signature_kind_by_openssl(certificate);
}
}  // namespace

CertificateSignature signature_kind_by_openssl(X509* certificate) {
  int digest = NID_undef;
  int key = NID_undef;
  if (X509_get_signature_info(certificate, &digest, &key, nullptr, nullptr) != 1) return CertificateSignature::other;
  switch (X509_get_signature_nid(certificate)) {
    case NID_ecdsa_with_SHA256:
      return CertificateSignature::ecdsa_sha256;
    case NID_ecdsa_with_SHA384:
      return CertificateSignature::ecdsa_sha384;
    case NID_rsassaPss:
      return digest == NID_sha384 ? CertificateSignature::rsa_pss_sha384 : CertificateSignature::other;
    default:
      return CertificateSignature::other;
  }
}

namespace {
Bytes spki_of(const X509* certificate) {
  std::uint8_t* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return {};
  // Not OPENSSL_free: it would write this file's name, as the compiler was told it, into the program.
  const std::unique_ptr<std::uint8_t, decltype([](std::uint8_t* p) { CRYPTO_free(p, nullptr, 0); })> owned(der);
  return to_bytes({der, static_cast<std::size_t>(size)});
}

// read_key makes the key, which takes longer than all else that is read here.
struct Key {
  Pkey key;
  std::optional<EcPublic> p384;
};
Key read_key(const X509* certificate) {
  const Bytes spki = spki_of(certificate);
  if (auto p384 = EcPublic::from_spki(spki)) {
    EVP_PKEY* const key = p384->state().key.get();
    must(EVP_PKEY_up_ref(key) == 1, "key");
    return {Pkey(key), *std::move(p384)};
  }
  return {key_from_spki(spki), std::nullopt};
}

CertificateKey kind_of(const Key& found) {
  const EVP_PKEY* const key = found.key.get();
  if (key == nullptr) return CertificateKey::other;
  if (found.p384) return CertificateKey::p384;
  if (EVP_PKEY_is_a(key, "RSA") == 1 || EVP_PKEY_is_a(key, "RSA-PSS") == 1) return CertificateKey::rsa;
  char group[32] = {};
  std::size_t size = 0;
  if (EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof group, &size) == 1 &&
      std::string_view(group, size) == "prime256v1")
    return CertificateKey::p256;
  return CertificateKey::other;
}

Status read_basic_constraints(const X509* certificate, CertificateFields& out) {
  const BasicConstraints value(
      static_cast<BASIC_CONSTRAINTS*>(X509_get_ext_d2i(certificate, NID_basic_constraints, nullptr, nullptr)));
  if (value == nullptr) return invalid("basic constraints that cannot be read");
  out.has_basic_constraints = true;
  out.is_ca = value->ca != 0;
  if (value->pathlen == nullptr) return {};
  std::uint64_t length = 0;
  if (ASN1_INTEGER_get_uint64(&length, value->pathlen) != 1 || length > INT32_MAX)
    return invalid("a path length that is no small number");
  out.path_length = static_cast<std::uint32_t>(length);
  return {};
}

Status read_key_usage(const X509* certificate, CertificateFields& out) {
  const BitString value(static_cast<ASN1_BIT_STRING*>(X509_get_ext_d2i(certificate, NID_key_usage, nullptr, nullptr)));
  if (value == nullptr) return invalid("a key usage that cannot be read");
  std::uint16_t bits = 0;
  for (int i = 0; i < 9; ++i)
    if (ASN1_BIT_STRING_get_bit(value.get(), i) == 1) bits = static_cast<std::uint16_t>(bits | 1U << i);
  out.key_usage = bits;
  return {};
}

Status read_extensions(const X509* certificate, CertificateFields& out) {
  const int count = X509_get_ext_count(certificate);
  if (count > extensions_max) return invalid(std::to_string(count) + " extensions", std::to_string(extensions_max));
  for (int i = 0; i < count; ++i) {
    X509_EXTENSION* const extension = X509_get_ext(certificate, i);
    const ASN1_OBJECT* const object = X509_EXTENSION_get_object(extension);
    if (X509_get_ext_by_OBJ(certificate, object, i) != -1) return invalid("an extension that stands twice");
    const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(extension);
    const View bytes(ASN1_STRING_get0_data(value), static_cast<std::size_t>(ASN1_STRING_length(value)));
    switch (OBJ_obj2nid(object)) {
      case NID_basic_constraints:
        if (!strict_der(bytes)) return invalid("basic constraints not in DER");
        GLOVEBOX_CHECK(read_basic_constraints(certificate, out));
        break;
      case NID_key_usage:
        if (!strict_der(bytes)) return invalid("a key usage not in DER");
        GLOVEBOX_CHECK(read_key_usage(certificate, out));
        break;
      default:  // we look at no other, so none may demand to be looked at
        if (X509_EXTENSION_get_critical(extension) != 0) out.has_unknown_critical_extension = true;
    }
  }
  return {};
}

// extensions_hold says what OpenSSL says of the extensions all together. It is not asked where they are only those that
// read_extensions has read (of which OpenSSL refuses a key usage of nothing), identifiers of keys, and such as it
// does not know, which it does not look at.
bool extensions_hold(X509* certificate, const CertificateFields& fields) {
  const int count = X509_get_ext_count(certificate);
  for (int i = 0; i < count; ++i) {
    X509_EXTENSION* const extension = X509_get_ext(certificate, i);
    switch (OBJ_obj2nid(X509_EXTENSION_get_object(extension))) {
      case NID_undef:
      case NID_basic_constraints:
        break;
      case NID_key_usage:
        if (fields.key_usage == 0) return extensions_hold_by_openssl(certificate);
        break;
      case NID_subject_key_identifier:
        if (!OctetString(static_cast<ASN1_OCTET_STRING*>(X509V3_EXT_d2i(extension)))) return false;
        break;
      case NID_authority_key_identifier:
        if (!AuthorityKey(static_cast<AUTHORITY_KEYID*>(X509V3_EXT_d2i(extension)))) return false;
        break;
      default:
        return extensions_hold_by_openssl(certificate);
    }
  }
  return true;
}
}  // namespace

bool extensions_hold_by_openssl(X509* certificate) {
  return (X509_get_extension_flags(certificate) & EXFLAG_INVALID) == 0;
}

Result<Certificate> Certificate::parse(View der) {
  if (der.size() > certificate_size_max)
    return invalid(std::to_string(der.size()) + " bytes", "at most " + std::to_string(certificate_size_max));
  return parse(der, sha256(der));
}

Result<Certificate> Certificate::parse(View der, const Digest& sha256) {
  const ForgetErrors forget;
  if (const auto form = strict_der(der); !form) return invalid("not DER: " + describe(form.error()));
  X509Owned x509 = parse_form(der);
  if (x509 == nullptr) return invalid("DER that is no certificate");
  if (X509_get_version(x509.get()) != X509_VERSION_3) return invalid("another version", "version 3");

  CertificateFields fields;
  const auto not_before = time_of(X509_get0_notBefore(x509.get()));
  const auto not_after = time_of(X509_get0_notAfter(x509.get()));
  if (!not_before || !not_after) return invalid("a time that cannot be read");
  fields.not_before = *not_before;
  fields.not_after = *not_after;
  const X509_NAME* const subject = X509_get_subject_name(x509.get());
  const X509_NAME* const issuer = X509_get_issuer_name(x509.get());
  fields.subject = readable(subject);
  fields.issuer = readable(issuer);
  fields.subject_der = name_der(subject);
  fields.issuer_der = name_der(issuer);
  Key key = read_key(x509.get());
  fields.key = kind_of(key);
  fields.signature = signature_of(x509.get(), der);
  GLOVEBOX_CHECK(read_extensions(x509.get(), fields));
  if (!extensions_hold(x509.get(), fields)) return invalid("an extension that cannot be read");

  return Certificate(std::make_shared<const State>(
      State{to_bytes(der), sha256, std::move(fields), std::move(key.key), std::move(key.p384), std::move(x509)}));
}

Result<Bytes> pem_certificate(View pem) {
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----\n";
  constexpr std::string_view end = "\n-----END CERTIFICATE-----";
  std::string_view text = text_of(pem);
  if (text.ends_with('\n')) text.remove_suffix(1);  // some files end without it
  if (text.size() > pem_max || !text.starts_with(begin) || !text.ends_with(end) ||
      text.size() < begin.size() + end.size())
    return invalid("another text", "one PEM block CERTIFICATE and nothing else");
  text.remove_prefix(begin.size());
  text.remove_suffix(end.size());
  std::string base64;
  base64.reserve(text.size());
  for (std::size_t end_of_line = 0; !text.empty(); text.remove_prefix(std::min(text.size(), end_of_line + 1))) {
    end_of_line = std::min(text.find('\n'), text.size());
    base64.append(text.substr(0, end_of_line));
  }
  auto der = from_base64(base64);
  if (!der) return invalid("PEM that is not base64");
  return *std::move(der);
}

Result<Certificate> Certificate::parse_pem(View pem) {
  GLOVEBOX_TRY(der, pem_certificate(pem));
  return parse(der);
}

const CertificateFields& Certificate::fields() const {
  return state_->fields;
}
View Certificate::der() const {
  return state_->der;
}
const Digest& Certificate::digest() const {
  return state_->digest;
}

Result<EcPublic> Certificate::ec_public_key() const {
  if (!state_->p384) return invalid("another kind of key", "a key on P-384");
  return *state_->p384;
}
}  // namespace glovebox::crypto
