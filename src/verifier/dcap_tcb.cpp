#include "verifier/dcap_tcb.h"

#include <algorithm>

namespace glovebox::verifier {
namespace {
using attestation::EnclaveReport;
using attestation::PckExtension;
using attestation::Quote;
using attestation::TdReport;
using attestation::Tee;

constexpr std::uint16_t quoting_product_sgx = 1;
constexpr std::uint16_t quoting_product_tdx = 2;
constexpr Array<32> quoting_signer_sgx = {0x8c, 0x4f, 0x57, 0x75, 0xd7, 0x96, 0x50, 0x3e, 0x96, 0x13, 0x7f,
                                          0x77, 0xc6, 0x8a, 0x82, 0x9a, 0x00, 0x56, 0xac, 0x8d, 0xed, 0x70,
                                          0x14, 0x0b, 0x08, 0x1b, 0x09, 0x44, 0x90, 0xc5, 0x7b, 0xff};
constexpr Array<32> quoting_signer_tdx = {0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17, 0x47, 0x4e, 0x34,
                                          0xa7, 0xfc, 0x43, 0xed, 0x03, 0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba,
                                          0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5};

std::unexpected<Error> unknown(std::string found, std::string expected) {
  return fail(Reject::quoting_enclave_unknown, std::move(found), std::move(expected));
}
std::unexpected<Error> below_all(std::string what) {
  return fail(Reject::tcb_outdated, std::move(what) + " older than every level that Intel lists", "one of them");
}

template <std::size_t N>
bool masked_equal(const Array<N>& value, const Array<N>& mask, const Array<N>& wanted) {
  for (std::size_t i = 0; i < N; ++i)
    if ((value[i] & mask[i]) != (wanted[i] & mask[i])) return false;
  return true;
}

bool covers(View have, View least, std::size_t from = 0) {
  for (std::size_t i = from; i < have.size(); ++i)
    if (have[i] < least[i]) return false;
  return true;
}

bool old(TcbStatus status) {
  return status == TcbStatus::out_of_date || status == TcbStatus::out_of_date_configuration_needed;
}
bool needs_configuration(TcbStatus status) {
  return status == TcbStatus::configuration_needed || status == TcbStatus::configuration_and_sw_hardening_needed ||
         status == TcbStatus::out_of_date_configuration_needed ||
         status == TcbStatus::td_relaunch_advised_configuration_needed;
}

// with joins the status of a part (module, quoting enclave) to that of the platform.
TcbStatus with(TcbStatus platform, TcbStatus part) {
  if (platform == TcbStatus::revoked || part == TcbStatus::revoked) return TcbStatus::revoked;
  if (part == TcbStatus::up_to_date || old(platform)) return platform;
  // Documents give their parts UpToDate, OutOfDate and Revoked alone; any other word counts as the worse.
  return needs_configuration(platform) ? TcbStatus::out_of_date_configuration_needed : TcbStatus::out_of_date;
}

const SvnLevel* level_of(const std::vector<SvnLevel>& levels, std::uint16_t svn) {
  const auto it = std::ranges::find_if(levels, [&](const SvnLevel& level) { return svn >= level.isv_svn; });
  return it == levels.end() ? nullptr : &*it;
}

const TdxModule* module_with(const TcbInfo& info, std::uint8_t number) {
  const std::string id = "TDX_" + to_hex(Bytes{number});
  const auto same_letters = [&](const TdxModule& m) {
    return std::ranges::equal(m.id, id,
                              [](char a, char b) { return (a >= 'A' && a <= 'F' ? a + 32 : a) == b || a == b; });
  };
  const auto it = std::ranges::find_if(info.modules, same_letters);
  return it == info.modules.end() ? nullptr : &*it;
}

// Two of a platform's levels: that of what SGX's part of it reaches, and that of all.
struct Reached {
  const TcbLevel* sgx = nullptr;
  const TcbLevel* all = nullptr;
};

Reached reached(const TcbInfo& info, const PckExtension& platform, const TdReport* td) {
  Reached out;
  for (const TcbLevel& level : info.levels) {
    if (!covers(platform.components, level.sgx) || platform.pce_svn < level.pce_svn) continue;
    if (out.sgx == nullptr) out.sgx = &level;
    // A module of version 1 or later is judged by its own identity: its two bytes are not the platform's.
    if (td != nullptr && !covers(td->tee_tcb_svn, level.tdx, td->tee_tcb_svn[1] > 0 ? 2 : 0)) continue;
    out.all = &level;
    break;
  }
  return out;
}

Status check_module(const TdReport& td, const TdxModule& module) {
  if (td.mr_signer_seam != module.mr_signer)
    return fail(Reject::module_unknown, "a TDX module signed by " + to_hex(td.mr_signer_seam).substr(0, 16) + "...",
                to_hex(module.mr_signer).substr(0, 16) + "...");
  if (!masked_equal(td.seam_attributes, module.mask, module.attributes) || td.seam_attributes != Array<8>{})
    return fail(Reject::module_unknown, "a TDX module with attributes " + to_hex(td.seam_attributes),
                to_hex(module.attributes));
  return {};
}

// relaunched: a guest of TDX 1.5 was started under an old module, and the platform's is the newest now.
bool relaunched(const TcbInfo& info, const TdReport& td) {
  if (!td.later || info.levels.empty()) return false;
  const Array<16>& now = td.later->tee_tcb_svn2;
  const TcbLevel& best = info.levels.front();
  if (now[2] < best.tdx[2]) return false;
  if (now[1] == 0) return now[0] >= best.tdx[0];
  const TdxModule* const module = module_with(info, now[1]);
  return module != nullptr && !module->levels.empty() && now[0] >= module->levels.front().isv_svn;
}

void add(TcbStanding& to, const Standing& from) {
  to.advisories.insert(to.advisories.end(), from.advisories.begin(), from.advisories.end());
  to.date = std::min(to.date, from.date);
}
}  // namespace

Status check_quoting(const EnclaveReport& quoting, const QuotingIdentity& identity) {
  if (!masked_equal(quoting.misc_select, identity.misc_mask, identity.misc_select))
    return unknown("a quoting enclave with MISCSELECT " + to_hex(quoting.misc_select), to_hex(identity.misc_select));
  if (!masked_equal(quoting.attributes, identity.attributes_mask, identity.attributes))
    return unknown("a quoting enclave with attributes " + to_hex(quoting.attributes), to_hex(identity.attributes));
  if (quoting.mr_signer != identity.mr_signer)
    return unknown("a quoting enclave signed by " + to_hex(quoting.mr_signer), to_hex(identity.mr_signer));
  if (quoting.isv_prod_id != identity.isv_prod_id)
    return unknown("a quoting enclave of product " + std::to_string(quoting.isv_prod_id),
                   std::to_string(identity.isv_prod_id));
  return {};
}

Status check_quoting_built_in(const EnclaveReport& quoting, Tee tee) {
  const Array<32>& signer = tee == Tee::tdx ? quoting_signer_tdx : quoting_signer_sgx;
  const std::uint16_t product = tee == Tee::tdx ? quoting_product_tdx : quoting_product_sgx;
  if (quoting.mr_signer != signer)
    return unknown("a quoting enclave signed by " + to_hex(quoting.mr_signer), to_hex(signer));
  if (quoting.isv_prod_id != product)
    return unknown("a quoting enclave of product " + std::to_string(quoting.isv_prod_id), std::to_string(product));
  if (quoting.debug()) return unknown("a quoting enclave in debug mode", "Intel's own");
  return {};
}

Result<TcbStanding> standing_of(const TcbInfo& info, const QuotingIdentity& identity, const PckExtension& platform,
                                const Quote& quote) {
  const auto* const td = std::get_if<TdReport>(&quote.body);
  const TdxModule* module = nullptr;
  if (td != nullptr) {
    const std::uint8_t which = td->tee_tcb_svn[1];
    module = which == 0 ? &info.module : module_with(info, which);
    if (module == nullptr)
      return fail(Reject::module_unknown, "TDX module TDX_" + to_hex(Bytes{which}), "one that TCB info lists");
    GLOVEBOX_CHECK(check_module(*td, *module));
  }
  const Reached levels = reached(info, platform, td);
  if (levels.all == nullptr) return below_all("a platform");
  TcbStanding out{.status = levels.all->standing.status,
                  .advisories = {},
                  .date = levels.all->standing.date,
                  .evaluation = std::min(info.evaluation, identity.evaluation)};
  add(out, levels.all->standing);

  TcbStatus of_module = TcbStatus::up_to_date;
  if (td != nullptr && td->tee_tcb_svn[1] > 0) {
    const SvnLevel* const level = level_of(module->levels, td->tee_tcb_svn[0]);
    if (level == nullptr) return below_all("a TDX module");
    of_module = level->standing.status;
    out.status = with(out.status, of_module);
    add(out, level->standing);
  }
  const SvnLevel* const quoting = level_of(identity.levels, quote.quoting.isv_svn);
  if (quoting == nullptr) return below_all("a quoting enclave");
  add(out, quoting->standing);
  const TcbStatus of_quoting = quoting->standing.status;
  if (of_quoting == TcbStatus::up_to_date && old(out.status) && of_module == TcbStatus::out_of_date &&
      !old(levels.sgx->standing.status) && levels.sgx->standing.status != TcbStatus::revoked && relaunched(info, *td)) {
    const bool configure = needs_configuration(levels.sgx->standing.status) || needs_configuration(out.status);
    out.status = configure ? TcbStatus::td_relaunch_advised_configuration_needed : TcbStatus::td_relaunch_advised;
  }
  out.status = with(out.status, of_quoting);
  std::ranges::sort(out.advisories);
  const auto [first, last] = std::ranges::unique(out.advisories);
  out.advisories.erase(first, last);
  return out;
}

}  // namespace glovebox::verifier
