// layers: verifier
// max_len: 8192
// What comes beside a quote: TCB info, identities of quoting enclaves and the SGX extension of a platform's
// certificate. What parses is written back as it came, but for the letters of a signature's hex and white space at the
// end; and how a platform stands is said of any of them, by a word of Intel's or a word of ours.
#include "attestation/pck_extension.h"
#include "property.h"
#include "verifier/collateral.h"
#include "verifier/dcap_tcb.h"

using namespace glovebox;
using fuzz::require;

namespace {
// lower writes the letters of the signature as we do.
Bytes as_we_write(View json) {
  std::string text(text_of(json));
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.pop_back();
  const std::size_t from = text.size() - 2 - 128;
  for (std::size_t i = from; i < text.size(); ++i)
    if (text[i] >= 'A' && text[i] <= 'F') text[i] = static_cast<char>(text[i] - 'A' + 'a');
  return to_bytes(view_of(text));
}

// A quote and a platform of the middle: above some levels and below others.
void judge(const verifier::DcapDocument& document) {
  attestation::PckExtension platform;
  platform.components.fill(3);
  platform.pce_svn = 11;
  verifier::QuotingIdentity identity;
  verifier::TcbInfo info;
  identity.levels = {{.isv_svn = 0, .standing = {.status = verifier::TcbStatus::up_to_date, .date = {}}}};
  if (const auto* const given = std::get_if<verifier::TcbInfo>(&document.content)) {
    info = *given;
  } else {
    identity = std::get<verifier::QuotingIdentity>(document.content);
    info.levels = {{.standing = {.status = verifier::TcbStatus::up_to_date, .date = {}}}};
  }
  for (const int which : {0, 1, 2}) {
    attestation::Quote quote;
    quote.quoting.isv_svn = 6;
    if (which != 0) {
      attestation::TdReport td;
      td.tee_tcb_svn = {5, static_cast<std::uint8_t>(which - 1), 3};
      td.later = attestation::TdReport::Later{.tee_tcb_svn2 = {9, 1, 9}};
      quote.body = td;
    }
    const auto checked = verifier::check_quoting(quote.quoting, identity);
    require(checked || checked.error().reason == Reject::quoting_enclave_unknown, "the word of a quoting enclave");
    const auto standing = verifier::standing_of(info, identity, platform, quote);
    if (!standing) {
      require(standing.error().reason == Reject::module_unknown || standing.error().reason == Reject::tcb_outdated,
              "the words of a standing");
      continue;
    }
    require(verifier::tcb_status_from_name(name(standing->status)) == standing->status, "a status has a name");
    require(std::ranges::is_sorted(standing->advisories), "advisories are sorted");
    require(info.levels.empty() || standing->date <= info.levels.front().standing.date || info.levels.size() > 1,
            "no standing is younger than its level");
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View bytes(data, size);
  if (const auto extension = attestation::PckExtension::parse(bytes))
    require(equal(extension->encode(), bytes), "an SGX extension has one spelling");
  else
    require(extension.error().reason == Reject::certificate_invalid, "a word for certificates");
  const auto document = verifier::DcapDocument::parse(bytes);
  if (!document) {
    require(document.error().reason == Reject::collateral_invalid, "a word for collateral");
    return 0;
  }
  require(equal(document->encode(), as_we_write(bytes)), "a document is written back as it came");
  judge(*document);
  verifier::Collateral collateral;
  require(collateral.add(bytes) && collateral.documents.size() == 1, "what parses can be imported");
  const auto again = verifier::Collateral::parse_bundle(collateral.to_bundle());
  require(again && *again == collateral, "and is a bundle then");
  require(!verifier::describe(collateral, Time::from_seconds(1'782'864'000)).empty(), "it can be shown");
  return 0;
}
