#include "attestation/intel_report.h"

#include "base/cbor.h"
#include "crypto/hash.h"

namespace glovebox::attestation {
namespace {
Writer& u16(Writer& out, std::uint16_t value) {
  return out.u8(static_cast<std::uint8_t>(value & 0xff)).u8(static_cast<std::uint8_t>(value >> 8));
}

Bytes inputs(const Digest& configuration, std::span<const Digest> models) {
  std::vector<Digest> sorted(models.begin(), models.end());
  std::ranges::sort(sorted);
  cbor::Writer out;
  out.document("glovebox host data v1", 3).bstr(configuration).array(sorted.size());
  for (const Digest& model : sorted) out.bstr(model);
  return out.take();
}
}  // namespace

EnclaveReport EnclaveReport::read(Reader& in) {
  EnclaveReport out;
  out.cpu_svn = in.array<16>();
  out.misc_select = in.array<4>();
  in.zeros(12);
  out.isv_ext_prod_id = in.array<16>();
  out.attributes = in.array<16>();
  out.mr_enclave = in.array<32>();
  in.zeros(32);
  out.mr_signer = in.array<32>();
  in.zeros(32);
  out.config_id = in.array<64>();
  out.isv_prod_id = in.u16le();
  out.isv_svn = in.u16le();
  out.config_svn = in.u16le();
  in.zeros(42);
  out.isv_family_id = in.array<16>();
  out.report_data = in.array<64>();
  return out;
}

void EnclaveReport::write(Writer& out) const {
  out.bytes(cpu_svn).bytes(misc_select).zeros(12).bytes(isv_ext_prod_id).bytes(attributes).bytes(mr_enclave).zeros(32);
  out.bytes(mr_signer).zeros(32).bytes(config_id);
  u16(u16(u16(out, isv_prod_id), isv_svn), config_svn).zeros(42).bytes(isv_family_id).bytes(report_data);
}

TdReport TdReport::read(Reader& in, bool with_later) {
  TdReport out;
  out.tee_tcb_svn = in.array<16>();
  out.mr_seam = in.array<48>();
  out.mr_signer_seam = in.array<48>();
  out.seam_attributes = in.array<8>();
  out.td_attributes = in.u64le();
  out.xfam = in.u64le();
  out.mr_td = in.array<48>();
  out.mr_config_id = in.array<48>();
  out.mr_owner = in.array<48>();
  out.mr_owner_config = in.array<48>();
  for (auto& register_value : out.rtmr) register_value = in.array<48>();
  out.report_data = in.array<64>();
  if (with_later) out.later = Later{.tee_tcb_svn2 = in.array<16>(), .mr_service_td = in.array<48>()};
  return out;
}

void TdReport::write(Writer& out) const {
  out.bytes(tee_tcb_svn).bytes(mr_seam).bytes(mr_signer_seam).bytes(seam_attributes).u64le(td_attributes).u64le(xfam);
  out.bytes(mr_td).bytes(mr_config_id).bytes(mr_owner).bytes(mr_owner_config);
  for (const auto& register_value : rtmr) out.bytes(register_value);
  out.bytes(report_data);
  if (later) out.bytes(later->tee_tcb_svn2).bytes(later->mr_service_td);
}

Array<48> td_inputs(const Digest& configuration, std::span<const Digest> models) {
  return crypto::sha384(inputs(configuration, models));
}

Array<64> enclave_inputs(const Digest& configuration, std::span<const Digest> models) {
  return crypto::sha512(inputs(configuration, models));
}

}  // namespace glovebox::attestation
