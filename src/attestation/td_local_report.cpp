#include "attestation/td_local_report.h"

#include "crypto/hash.h"

namespace glovebox::attestation {
namespace {
constexpr std::uint8_t kind_tdx = 0x81;
constexpr std::uint8_t version_max = 1;
constexpr std::size_t tcb_at = 256;
constexpr std::size_t tcb_size = 239;
constexpr std::size_t info_at = 512;
constexpr std::size_t info_size = 512;
}  // namespace

Bytes TdLocalReport::encode() const {
  const TdReport::Later later = body.later.value_or(TdReport::Later{});
  Writer tcb;
  tcb.bytes(valid).bytes(body.tee_tcb_svn).bytes(body.mr_seam).bytes(body.mr_signer_seam).bytes(body.seam_attributes);
  tcb.bytes(later.tee_tcb_svn2).zeros(95);
  Writer info;
  info.u64le(body.td_attributes).u64le(body.xfam).bytes(body.mr_td).bytes(body.mr_config_id).bytes(body.mr_owner);
  info.bytes(body.mr_owner_config);
  for (const auto& value : body.rtmr) info.bytes(value);
  info.bytes(later.mr_service_td).zeros(64);
  Writer out;
  out.u8(kind_tdx).u8(0).u8(version).u8(0).zeros(12).bytes(cpu_svn);
  out.bytes(crypto::sha384(tcb.view())).bytes(crypto::sha384(info.view())).bytes(body.report_data).zeros(32).bytes(mac);
  out.bytes(tcb.view()).zeros(info_at - tcb_at - tcb_size).bytes(info.view());
  return out.take();
}

Result<TdLocalReport> TdLocalReport::parse(View report) {
  Reader in(report);
  TdLocalReport out;
  const std::uint8_t kind = in.u8();
  const std::uint8_t subtype = in.u8();
  out.version = in.u8();
  if (in.ok() && (kind != kind_tdx || subtype != 0 || out.version > version_max))
    in.refuse(Reject::malformed,
              "a report of kind " + std::to_string(kind) + ", version " + std::to_string(out.version),
              "129 (TDX), version 0 or 1");
  in.zeros(13);
  out.cpu_svn = in.array<16>();
  const auto tcb_digest = in.array<48>();
  const auto info_digest = in.array<48>();
  out.body.report_data = in.array<64>();
  in.zeros(32);
  out.mac = in.array<32>();

  out.valid = in.array<8>();
  out.body.tee_tcb_svn = in.array<16>();
  out.body.mr_seam = in.array<48>();
  out.body.mr_signer_seam = in.array<48>();
  out.body.seam_attributes = in.array<8>();
  out.body.later = TdReport::Later{.tee_tcb_svn2 = in.array<16>()};
  in.zeros(95);
  in.zeros(info_at - tcb_at - tcb_size);

  out.body.td_attributes = in.u64le();
  out.body.xfam = in.u64le();
  for (auto* value : {&out.body.mr_td, &out.body.mr_config_id, &out.body.mr_owner, &out.body.mr_owner_config})
    *value = in.array<48>();
  for (auto& value : out.body.rtmr) value = in.array<48>();
  out.body.later->mr_service_td = in.array<48>();
  if (in.ok() && out.version == 0 && out.body.later->mr_service_td != Array<48>{})
    in.refuse(Reject::malformed, "a service guest in a report of version 0", "zeros");
  in.zeros(64);
  in.zeros(in.left());
  if (const auto end = in.finish(); !end) {
    if (end.error().reason == Reject::truncated) return std::unexpected(end.error());
    return fail(Reject::evidence_malformed, std::string(name(end.error().reason)) + ": " + end.error().found,
                end.error().expected);
  }
  if (crypto::sha384(report.subspan(tcb_at, tcb_size)) != tcb_digest ||
      crypto::sha384(report.subspan(info_at, info_size)) != info_digest)
    return fail(Reject::evidence_malformed, "a TDREPORT that names another digest of a part of it");
  return out;
}

}  // namespace glovebox::attestation
