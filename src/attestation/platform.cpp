#include "attestation/platform.h"

#include "attestation/evidence.h"
#include "base/cbor.h"

namespace glovebox::attestation {
namespace {
constexpr std::size_t key_name_size_max = 64;
constexpr std::uint64_t tag_cose_sign1 = 18;
constexpr std::uint64_t tag_cca = 399;
constexpr std::size_t claims_max = 64;

// claims_of_cose tells by the names of its claims whose COSE_Sign1 this is: Nitro's have texts, an EAT has numbers. The
// payload may be cut short.
Kind claims_of_cose(View payload) {
  cbor::Reader in(payload, cbor::Form::foreign);
  for (auto map = in.map(claims_max); in.more(map);) {
    if (in.peek() == cbor::Type::uint || in.peek() == cbor::Type::negative) return Kind::arm_psa;
    const std::string_view key = in.key_text(map, key_name_size_max);
    if (key == "nitrotpm_pcrs") return Kind::nitro_tpm;
    if (key == "pcrs") return Kind::nitro;
    in.item();
  }
  return Kind::cose;
}

// payload_of is what there is of a byte string that begins here.
View payload_of(View rest) {
  if (rest.empty() || rest[0] >> 5 != 2) return {};
  const unsigned info = rest[0] & 31U;
  const std::size_t head = 1 + (info < 24 ? 0 : info < 28 ? std::size_t{1} << (info - 24) : 0);
  return rest.subspan(std::min(head, rest.size()));
}

Kind of_cbor(View file) {
  cbor::Reader in(file, cbor::Form::foreign);
  if (in.peek() == cbor::Type::tag) {
    const std::uint64_t tag = in.tag();
    if (tag == tag_cca) return Kind::arm_cca;
    if (tag != tag_cose_sign1 && in.ok()) return Kind::unknown;
  }
  auto array = in.array(8);
  if (!in.more(array)) return Kind::unknown;
  if (in.peek() == cbor::Type::tstr) {
    const std::string_view first = in.tstr(media_type_size_max);
    if (first.starts_with("glovebox evidence")) return Kind::message;
    if (first.starts_with("glovebox tpm quote")) return Kind::tpm_quote;
    if (first.starts_with("glovebox azure vtpm")) return Kind::azure_snp;
    if (first.starts_with("glovebox azure tdx vtpm")) return Kind::azure_tdx;
    return first.find('/') != std::string_view::npos ? Kind::cmw : Kind::unknown;
  }
  if (in.peek() != cbor::Type::bstr) return Kind::unknown;
  in.bstr(evidence_size_max);  // protected header
  if (!in.more(array)) return Kind::cose;
  in.item();  // unprotected header
  if (!in.more(array)) return Kind::cose;
  return claims_of_cose(payload_of(in.rest()));
}

bool starts(View file, std::initializer_list<std::uint8_t> bytes) {
  return file.size() >= bytes.size() && std::ranges::equal(file.first(bytes.size()), bytes);
}
}  // namespace

namespace {
// Entry is what the outside calls a platform, and what its bare document looks like.
struct Entry {
  Platform platform;
  std::string_view name;
  std::string_view media_type;
  Kind kind;
};
constexpr auto entries = std::to_array<Entry>({
    {Platform::nitro, "nitro", media_type_nitro, Kind::nitro},
    {Platform::nitro_tpm, "nitro-tpm", media_type_nitro_tpm, Kind::nitro_tpm},
    {Platform::sev_snp, "sev-snp", media_type_sev_snp, Kind::sev_snp},
    {Platform::arm_cca, "arm-cca", media_type_arm_cca, Kind::arm_cca},
    {Platform::arm_psa, "arm-psa", media_type_arm_psa, Kind::arm_psa},
    {Platform::azure_snp, "azure-snp-vtpm", media_type_azure_snp, Kind::azure_snp},
    {Platform::azure_tdx, "azure-tdx-vtpm", media_type_azure_tdx, Kind::azure_tdx},
    {Platform::tpm, "tpm", media_type_tpm, Kind::tpm_quote},
    {Platform::tdx, "tdx", media_type_tdx, Kind::tdx},
    {Platform::sgx, "sgx", media_type_sgx, Kind::sgx},
});
static_assert(entries.size() == platforms.size());

// find is the platform whose entry has this value at `part`.
template <class Part, class Value>
std::optional<Platform> find(Part part, const Value& value) {
  const auto it = std::ranges::find(entries, value, part);
  return it == entries.end() ? std::nullopt : std::optional(it->platform);
}
}  // namespace

std::string_view name(Platform platform) {
  return std::ranges::find(entries, platform, &Entry::platform)->name;
}
std::optional<Platform> platform_from_name(std::string_view text) {
  return find(&Entry::name, text);
}
std::string_view media_type(Platform platform) {
  return std::ranges::find(entries, platform, &Entry::platform)->media_type;
}
std::optional<Platform> platform_from_media_type(std::string_view type) {
  return find(&Entry::media_type, type);
}
std::optional<Platform> platform_of(Kind kind) {
  return find(&Entry::kind, kind);
}

std::string_view sentence(Kind kind) {
  switch (kind) {
    case Kind::message:
      return "an evidence message of glovebox";
    case Kind::cmw:
      return "evidence in a conceptual message wrapper (RFC 9999)";
    case Kind::nitro:
      return "an attestation document of AWS Nitro Enclaves";
    case Kind::sev_snp:
      return "an attestation report of AMD SEV-SNP";
    case Kind::cose:
      return "a signed document whose claims cannot be read";
    case Kind::nitro_tpm:
      return "an attestation document of AWS NitroTPM, of an ordinary instance and no enclave";
    case Kind::sgx:
      return "a quote of Intel SGX";
    case Kind::tdx:
      return "a quote of Intel TDX";
    case Kind::arm_psa:
      return "an attestation token of Arm PSA";
    case Kind::arm_cca:
      return "an attestation token of Arm CCA";
    case Kind::azure_snp:
      return "a quote of Azure's virtual TPM with the report of AMD SEV-SNP below it";
    case Kind::azure_tdx:
      return "a quote of Azure's virtual TPM with the quote of Intel TDX below it";
    case Kind::azure_vtpm:
      return "a report of Azure's virtual TPM, without a quote beside it";
    case Kind::tpm_quote:
      return "a quote of a TPM";
    case Kind::certificate:
      return "a certificate or a revocation list";
    case Kind::unknown:
      break;
  }
  return "nothing that is known here as evidence";
}

Kind recognise(View file) {
  if (text_of(file).starts_with("[\"")) return Kind::cmw;
  if (text_of(file).starts_with("-----BEGIN CERTIFICATE") || text_of(file).starts_with("-----BEGIN X509 CRL"))
    return Kind::certificate;
  if (starts(file, {'H', 'C', 'L', 'A'})) return Kind::azure_vtpm;
  if (starts(file, {0xff, 'T', 'C', 'G'})) return Kind::tpm_quote;
  if (starts(file, {0x30, 0x82})) return Kind::certificate;
  // An SNP report begins with its version as u32le, a quote of Intel's with its version and its kind of key as u16le.
  if (file.size() >= 8 && file[1] == 0 && file[3] == 0 && file[0] >= 1 && file[0] <= 15) {
    if (file[2] == 0) return Kind::sev_snp;
    if (file[0] >= 3 && (file[2] == 2 || file[2] == 3)) return file[4] == 0x81 ? Kind::tdx : Kind::sgx;
  }
  return of_cbor(file);
}

}  // namespace glovebox::attestation
