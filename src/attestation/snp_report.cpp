#include "attestation/snp_report.h"

#include "base/reader.h"

namespace glovebox::attestation {
namespace {
constexpr std::uint32_t ecdsa_p384_sha384 = 1;
constexpr std::uint64_t policy_known_bits = (std::uint64_t{1} << 26) - 1;
constexpr std::uint64_t policy_must_be_one = std::uint64_t{1} << 17;
constexpr std::uint32_t flags_known_bits = 0x1f;
constexpr std::size_t number_size = 48;  // of P-384; the field has 72

bool all_zero(View bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; });
}
}  // namespace

std::string_view name(SnpProduct product) {
  switch (product) {
    case SnpProduct::milan:
      return "Milan";
    case SnpProduct::genoa:
      return "Genoa";
    case SnpProduct::turin:
      break;
  }
  return "Turin";
}

std::optional<SnpProduct> snp_product_from_name(std::string_view text) {
  for (const SnpProduct product : {SnpProduct::milan, SnpProduct::genoa, SnpProduct::turin})
    if (text == name(product)) return product;
  return std::nullopt;
}

SnpTcb SnpTcb::of(const Array<8>& raw, SnpProduct product) {
  if (product == SnpProduct::turin)
    return {.fmc = raw[0], .bootloader = raw[1], .tee = raw[2], .snp = raw[3], .microcode = raw[7]};
  return {.fmc = 0, .bootloader = raw[0], .tee = raw[1], .snp = raw[6], .microcode = raw[7]};
}

Array<8> SnpTcb::raw(SnpProduct product) const {
  if (product == SnpProduct::turin) return {fmc, bootloader, tee, snp, 0, 0, 0, microcode};
  return {bootloader, tee, 0, 0, 0, 0, snp, microcode};
}

bool SnpTcb::covers(const SnpTcb& least) const {
  return fmc >= least.fmc && bootloader >= least.bootloader && tee >= least.tee && snp >= least.snp &&
         microcode >= least.microcode;
}

std::string SnpTcb::text(SnpProduct product) const {
  std::string out = product == SnpProduct::turin ? "fmc " + std::to_string(fmc) + ", " : "";
  return out + "bootloader " + std::to_string(bootloader) + ", tee " + std::to_string(tee) + ", snp " +
         std::to_string(snp) + ", microcode " + std::to_string(microcode);
}

Result<SnpReport> SnpReport::parse(View report) {
  Reader in(report);
  SnpReport out;
  out.version = in.u32le();
  if (in.ok() && (out.version < snp_version_min || out.version > snp_version_max))
    in.refuse(Reject::malformed, "a report of version " + std::to_string(out.version), "2 to 5");
  out.guest_svn = in.u32le();
  out.policy = in.u64le();
  if (in.ok() && ((out.policy & policy_must_be_one) == 0 || (out.policy & ~policy_known_bits) != 0))
    in.refuse(Reject::malformed, "a guest policy whose reserved bits are wrong", "bit 17 one, bits 26 to 63 zero");
  out.family_id = in.array<16>();
  out.image_id = in.array<16>();
  out.vmpl = in.u32le();
  const std::uint32_t algorithm = in.u32le();
  if (in.ok() && algorithm != ecdsa_p384_sha384)
    in.refuse(Reject::algorithm_unsupported, "signature algorithm " + std::to_string(algorithm),
              "1 (ECDSA on P-384 with SHA-384)");
  out.current_tcb = in.array<8>();
  out.platform_info = in.u64le();
  out.flags = in.u32le();
  if (in.ok() && (out.flags & ~flags_known_bits) != 0) in.refuse(Reject::malformed, "reserved flags", "bits 0 to 4");
  in.zeros(4);
  out.report_data = in.array<64>();
  out.measurement = in.array<48>();
  out.host_data = in.array<32>();
  out.id_key_digest = in.array<48>();
  out.author_key_digest = in.array<48>();
  out.report_id = in.array<32>();
  out.report_id_ma = in.array<32>();
  out.reported_tcb = in.array<8>();
  out.cpuid = in.array<3>();
  if (in.ok() && out.version < 3 && !all_zero(out.cpuid))
    in.refuse(Reject::malformed, "a CPUID in a report of version 2", "zeros");
  in.zeros(21);
  out.chip_id = in.array<64>();
  out.committed_tcb = in.array<8>();
  out.current_build = in.array<3>();
  in.zeros(1);
  out.committed_build = in.array<3>();
  in.zeros(1);
  out.launch_tcb = in.array<8>();
  out.launch_mitigations = in.u64le();
  out.current_mitigations = in.u64le();
  if (in.ok() && out.version < 5 && (out.launch_mitigations | out.current_mitigations) != 0)
    in.refuse(Reject::malformed, "mitigations in a report before version 5", "zeros");
  in.zeros(152);
  out.r = in.array<72>();
  out.s = in.array<72>();
  in.zeros(368);
  if (const auto end = in.finish(); !end) {
    const Error& error = end.error();
    if (report.size() < snp_report_size)  // whatever else is wrong with what there is of it
      return fail(Reject::truncated, std::to_string(report.size()) + " bytes of a report", "1184 bytes");
    if (error.reason == Reject::algorithm_unsupported) return std::unexpected(error);
    return fail(Reject::evidence_malformed, std::string(glovebox::name(error.reason)) + ": " + error.found,
                error.expected);
  }
  return out;
}

Bytes SnpReport::encode() const {
  Writer out;
  out.u32le(version).u32le(guest_svn).u64le(policy).bytes(family_id).bytes(image_id).u32le(vmpl);
  out.u32le(ecdsa_p384_sha384).bytes(current_tcb).u64le(platform_info).u32le(flags).zeros(4);
  out.bytes(report_data).bytes(measurement).bytes(host_data).bytes(id_key_digest).bytes(author_key_digest);
  out.bytes(report_id).bytes(report_id_ma).bytes(reported_tcb).bytes(cpuid).zeros(21).bytes(chip_id);
  out.bytes(committed_tcb).bytes(current_build).zeros(1).bytes(committed_build).zeros(1).bytes(launch_tcb);
  out.u64le(launch_mitigations).u64le(current_mitigations).zeros(152).bytes(r).bytes(s).zeros(368);
  return out.take();
}

bool SnpReport::chip_masked() const {
  return all_zero(chip_id);
}

std::optional<SnpProduct> SnpReport::product() const {
  const std::uint8_t family = cpuid[0];
  const std::uint8_t model = cpuid[1];
  if (family == 0x19 && model <= 0x0f) return SnpProduct::milan;
  if (family == 0x19 && (model <= 0x1f || (model >= 0xa0 && model <= 0xaf))) return SnpProduct::genoa;
  if (family == 0x1a && model <= 0x11) return SnpProduct::turin;
  return std::nullopt;
}

Result<Array<96>> SnpReport::signature() const {
  if (!all_zero(View(r).subspan(number_size)) || !all_zero(View(s).subspan(number_size)))
    return fail(Reject::evidence_malformed, "a number of the signature beyond 48 bytes", "numbers of P-384");
  Array<96> out{};
  for (std::size_t i = 0; i < number_size; ++i) {
    out[number_size - 1 - i] = r[i];
    out[2 * number_size - 1 - i] = s[i];
  }
  return out;
}

}  // namespace glovebox::attestation
