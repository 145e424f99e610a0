#include "testroots/snp_signer.h"

namespace glovebox::testroots {
namespace {
using attestation::SnpProduct;
constexpr std::int64_t day = 86400;
constexpr std::size_t half = 48;
constexpr std::uint64_t ark_serial = 0x10000;
constexpr std::uint64_t ask_serial = 0x10001;
const std::string amd = "1.3.6.1.4.1.3704.1.";

Bytes integer(std::uint8_t value) {  // a DER INTEGER
  return value < 0x80 ? Bytes{2, 1, value} : Bytes{2, 2, 0, value};
}
Bytes ia5(std::string_view text) {
  return concat({Bytes{0x16, static_cast<std::uint8_t>(text.size())}, view_of(text)});
}
}  // namespace

SnpSigner::SnpSigner(SnpKeys shared, Time now, SnpProduct which, attestation::SnpSigner whose)
    : product(which), kind(whose), keys(std::move(shared)) {
  const bool vlek = kind == attestation::SnpSigner::vlek;
  const std::string name(attestation::name(product));
  const Time begin = now.plus_seconds(-day);
  const Time end = now.plus_seconds(7 * 365 * day);
  ark = {.what = crypto::root_template("ARK-" + name, begin, end), .serial = ark_serial};
  ask = {.what = crypto::intermediate_template((vlek ? "SEV-VLEK-" : "SEV-") + name, begin, end, 0),
         .serial = ask_serial};
  leaf = {.what = crypto::leaf_template(vlek ? "SEV-VLEK" : "SEV-VCEK", begin, end), .serial = 0};
  leaf.what.has_basic_constraints = false;
  leaf.what.key_usage.reset();

  const bool turin = product == SnpProduct::turin;
  tcb = {.fmc = static_cast<std::uint8_t>(turin ? 1 : 0), .bootloader = 4, .tee = 1, .snp = 24, .microcode = 219};
  for (std::size_t i = 0; i < (turin ? 8U : 64U); ++i) chip[i] = static_cast<std::uint8_t>(0xc0 + i);
  leaf.extensions = {{amd + "1", integer(turin ? 1 : 0)},
                     {amd + "2", ia5(product == SnpProduct::milan && !vlek ? name + "-B0" : name)},
                     {amd + "3.1", integer(tcb.bootloader)},
                     {amd + "3.2", integer(tcb.tee)},
                     {amd + "3.3", integer(tcb.snp)},
                     {amd + "3.8", integer(tcb.microcode)}};
  // Parts that are reserved stand there too, as zeros: some verifiers demand them.
  for (const char* reserved : {"3.4", "3.5", "3.6", "3.7"})
    if (!turin || std::string_view(reserved) != "3.4") leaf.extensions.push_back({amd + reserved, integer(0)});
  if (turin) leaf.extensions.push_back({amd + "3.9", integer(tcb.fmc)});
  if (vlek)
    leaf.extensions.push_back({amd + "5", ia5("CN=test cloud")});
  else
    leaf.extensions.push_back({amd + "4", to_bytes(View(chip).first(turin ? 8 : 64))});
}

SnpSigner::Chain SnpSigner::issue() const {
  const auto parse = [](const Bytes& der) { return crypto::Certificate::parse(der).value(); };
  Chain out;
  out.ark = crypto::self_signed(ark, keys.ark);
  out.ask = crypto::issue(ask, keys.ask, parse(out.ark), keys.ark);
  out.leaf = crypto::issue(leaf, leaf_key.public_key(), parse(out.ask), keys.ask);
  return out;
}

attestation::SnpTable SnpSigner::table(const Chain& chain, attestation::SnpSigner kind) {
  using attestation::SnpEntry;
  using attestation::SnpTableEntry;
  const bool vlek = kind == attestation::SnpSigner::vlek;
  return {.entries = {SnpTableEntry::of(vlek ? SnpEntry::vlek : SnpEntry::vcek, chain.leaf),
                      SnpTableEntry::of(SnpEntry::ask, chain.ask), SnpTableEntry::of(SnpEntry::ark, chain.ark)}};
}

attestation::SnpReport SnpSigner::report() const {
  attestation::SnpReport out;
  out.version = product == SnpProduct::turin ? 5 : 3;
  out.policy = 0x30000;  // SMT allowed, and the bit that must be one
  out.platform_info = 0x25;
  out.flags = static_cast<std::uint32_t>(kind) << 2;
  out.measurement.fill(0x5e);
  out.report_id.fill(0x1d);
  out.report_id_ma.fill(0xff);
  out.current_tcb = out.reported_tcb = out.committed_tcb = out.launch_tcb = tcb.raw(product);
  out.cpuid = product == SnpProduct::milan   ? Array<3>{0x19, 0x01, 0x01}
              : product == SnpProduct::genoa ? Array<3>{0x19, 0x11, 0x01}
                                             : Array<3>{0x1a, 0x02, 0x01};
  if (kind != attestation::SnpSigner::vlek) out.chip_id = chip;
  out.current_build = out.committed_build = {29, 55, 1};
  return out;
}

void SnpSigner::set_signature(attestation::SnpReport& report, const crypto::EcSignature& signature) {
  report.r = {};
  report.s = {};
  for (std::size_t i = 0; i < half; ++i) {
    report.r[i] = signature[half - 1 - i];
    report.s[i] = signature[2 * half - 1 - i];
  }
}

void SnpSigner::sign(attestation::SnpReport& report, const crypto::EcKey& key) {
  const Bytes bytes = report.encode();
  set_signature(report, key.sign(View(bytes).first(attestation::snp_signed_size)));
}

}  // namespace glovebox::testroots
