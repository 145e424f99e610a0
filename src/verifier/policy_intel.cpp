#include "verifier/policy_intel.h"

#include <algorithm>
#include <functional>

namespace glovebox::verifier {
namespace {
using attestation::Tee;
constexpr std::size_t word_size_max = 32;
constexpr std::size_t words_max = 16;
constexpr std::array<std::string_view, 4> leavable_sgx = {"fmspc", "platform", "revocation", "tcb"};
constexpr std::array<std::string_view, 9> leavable_tdx = {"fmspc", "platform", "revocation",      "rtmr0", "rtmr1",
                                                          "rtmr2", "rtmr3",    "sept-ve-disable", "tcb"};

std::unexpected<Error> invalid(std::string found, std::string expected = {}, std::string hint = {}) {
  return fail(Reject::policy_invalid, std::move(found), std::move(expected), std::move(hint));
}
std::unexpected<Error> empty(std::string found, std::string expected) {
  return fail(Reject::policy_empty, std::move(found), std::move(expected));
}

template <class Range>
bool ascending(const Range& range) {
  return std::ranges::is_sorted(range, std::less_equal{});
}

// check_list: a list of what is accepted stands there, or its word in `unchecked`, and not both.
template <class List>
Status check_list(const List& list, const IntelRules& rules, const std::string& key, const std::string& word,
                  const std::string& table) {
  if (list.empty() && !rules.leaves(word))
    return empty("no " + key + " in " + table, "those you accept, or unchecked = [\"" + word + "\"]");
  if (!list.empty() && rules.leaves(word))
    return invalid(key + " beside unchecked = [\"" + word + "\"]", "one of them");
  if (list.size() > intel_platforms_max || !ascending(list)) return invalid("too many " + key + ", or one twice");
  for (const auto& one : list)
    if (one == typename List::value_type{}) return invalid("an all-zero element of " + key, "a true one");
  return {};
}

Status check_tcb(const IntelRules& rules, const std::string& table) {
  if (rules.leaves("tcb")) {
    if (!rules.statuses.empty() || !rules.advisories.empty() || rules.minimum_evaluation != 0 || rules.minimum_tcb_date)
      return invalid("statuses, advisories or minima beside unchecked = [\"tcb\"] in " + table, "one of them");
    return {};
  }
  if (rules.statuses.empty()) return empty("no statuses in " + table, "\"UpToDate\" and which others you accept");
  if (!ascending(rules.statuses)) return invalid(table + ".statuses out of order or twice");
  if (std::ranges::contains(rules.statuses, TcbStatus::revoked))
    return invalid("status \"Revoked\" in " + table, "none under which nothing is sure any more");
  if (rules.minimum_evaluation == 0)
    return empty("no minimum_evaluation in " + table, "the least tcbEvaluationDataNumber that you accept");
  if (!ascending(rules.advisories) || rules.advisories.size() > advisories_max)
    return invalid(table + ".advisories: too many, or one twice");
  for (const std::string& one : rules.advisories)
    if (one.empty() || one.size() > advisory_size_max) return invalid("an advisory of another form", "INTEL-SA-00615");
  return {};
}
}  // namespace

bool IntelRules::leaves(std::string_view what) const {
  return std::ranges::contains(unchecked, what);
}

Status IntelRules::check(Tee tee) const {
  const bool tdx = tee == Tee::tdx;
  const std::string table = tdx ? "evidence.tdx" : "evidence.sgx";
  for (const std::string& word : unchecked)
    if (tdx ? !std::ranges::contains(leavable_tdx, word) : !std::ranges::contains(leavable_sgx, word))
      return invalid("an unknown word in " + table + ".unchecked: " + word.substr(0, word_size_max));
  if (!ascending(unchecked)) return invalid(table + ".unchecked out of order or twice");
  GLOVEBOX_CHECK(check_tcb(*this, table));
  GLOVEBOX_CHECK(check_list(fmspcs, *this, "fmspcs", "fmspc", table));
  GLOVEBOX_CHECK(check_list(platforms, *this, "platforms", "platform", table));
  if (service_td && (!tdx || *service_td == Array<48>{}))
    return invalid("service_td in " + table, tdx ? "its measurement; leave it out where none is bound" : "none");
  return {};
}

void IntelRules::write(cbor::Writer& out) const {
  const auto words = [&](const std::vector<std::string>& list) {
    out.array(list.size());
    for (const std::string& word : list) out.tstr(word);
  };
  out.array(8).array(statuses.size());
  for (const TcbStatus status : statuses) out.tstr(name(status));
  words(advisories);
  out.uint(minimum_evaluation);
  if (minimum_tcb_date)
    out.uint(static_cast<std::uint64_t>(minimum_tcb_date->seconds()));
  else
    out.null();
  out.array(fmspcs.size());
  for (const auto& one : fmspcs) out.bstr(one);
  out.array(platforms.size());
  for (const auto& one : platforms) out.bstr(one);
  if (service_td)
    out.bstr(*service_td);
  else
    out.null();
  words(unchecked);
}

IntelRules IntelRules::read(cbor::Reader& in) {
  IntelRules out;
  const auto words = [&](std::vector<std::string>& list, std::size_t max) {
    for (auto c = in.array(max); in.more(c);) list.emplace_back(in.tstr(word_size_max));
  };
  in.open_array(8);
  for (auto c = in.array(words_max); in.more(c);) {
    const auto status = tcb_status_from_name(in.tstr(2 * word_size_max));
    if (status)
      out.statuses.push_back(*status);
    else
      in.refuse(Reject::malformed, "an unknown status", "one of Intel's words");
  }
  words(out.advisories, advisories_max);
  out.minimum_evaluation = static_cast<std::uint32_t>(in.uint(UINT32_MAX));
  if (!in.take_null()) out.minimum_tcb_date = Time::from_seconds(static_cast<std::int64_t>(in.uint(UINT32_MAX)));
  for (auto c = in.array(intel_platforms_max); in.more(c);) out.fmspcs.push_back(in.bytes_of<6>());
  for (auto c = in.array(intel_platforms_max); in.more(c);) out.platforms.push_back(in.bytes_of<16>());
  if (!in.take_null()) out.service_td = in.bytes_of<48>();
  words(out.unchecked, words_max);
  return out;
}

Status check_measurement(const TdMeasurement& measurement, const IntelRules& rules, const std::string& version) {
  if (measurement.mr_td == Array<48>{})
    return invalid("mr_td of version " + version + " is all zero", "the value of an image");
  for (std::size_t i = 0; i < measurement.rtmr.size(); ++i) {
    const std::string word = "rtmr" + std::to_string(i);
    if (!measurement.rtmr[i] && !rules.leaves(word))
      return empty("no " + word + " of version " + version, "its value, or unchecked = [\"" + word + "\"]");
    if (measurement.rtmr[i] && rules.leaves(word))
      return invalid(word + " of version " + version + " beside unchecked = [\"" + word + "\"]", "one of them");
  }
  return {};
}

Status check_measurement(const EnclaveMeasurement& measurement, const std::string& version) {
  if (measurement.mr_enclave.has_value() == measurement.by.has_value())
    return invalid("version " + version + " with both mr_enclave and mr_signer, or neither", "one of them");
  const Array<32>& value = measurement.mr_enclave ? *measurement.mr_enclave : measurement.by->mr_signer;
  if (value == Array<32>{}) return invalid("an all-zero measurement of version " + version, "the value of an enclave");
  return {};
}

void write(cbor::Writer& out, const TdMeasurement& measurement) {
  out.array(2 + measurement.rtmr.size()).tstr("tdx").bstr(measurement.mr_td);
  for (const auto& value : measurement.rtmr) {
    if (value)
      out.bstr(*value);
    else
      out.null();
  }
}

void write(cbor::Writer& out, const EnclaveMeasurement& measurement) {
  out.array(measurement.mr_enclave ? 2 : 4).tstr("sgx");
  if (measurement.mr_enclave)
    out.bstr(*measurement.mr_enclave);
  else
    out.bstr(measurement.by->mr_signer).uint(measurement.by->isv_prod_id).uint(measurement.by->minimum_isv_svn);
}

namespace {
// next requires one more element of an array whose length its first element decides.
void next(cbor::Reader& in, cbor::Reader::Container& array) {
  if (!in.more(array)) in.refuse(Reject::malformed, "a measurement of fewer elements");
}
}  // namespace

TdMeasurement read_td_measurement(cbor::Reader& in, cbor::Reader::Container& array) {
  TdMeasurement out;
  next(in, array);
  out.mr_td = in.bytes_of<48>();
  for (auto& value : out.rtmr) {
    next(in, array);
    if (!in.take_null()) value = in.bytes_of<48>();
  }
  if (in.more(array)) in.refuse(Reject::malformed, "a measurement of more elements");
  return out;
}

EnclaveMeasurement read_enclave_measurement(cbor::Reader& in, cbor::Reader::Container& array) {
  EnclaveMeasurement out;
  next(in, array);
  const auto first = in.bytes_of<32>();
  if (!in.more(array)) {
    out.mr_enclave = first;
    return out;
  }
  out.by = EnclaveMeasurement::Signed{};
  auto& by = *out.by;
  by.mr_signer = first;
  by.isv_prod_id = static_cast<std::uint16_t>(in.uint(UINT16_MAX));
  next(in, array);
  by.minimum_isv_svn = static_cast<std::uint16_t>(in.uint(UINT16_MAX));
  if (in.more(array)) in.refuse(Reject::malformed, "a measurement of more elements");
  return out;
}

}  // namespace glovebox::verifier
