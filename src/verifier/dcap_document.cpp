// Alone with the JSON library, because of its size.
#include "verifier/dcap_document.h"

#include <nlohmann/json.hpp>

namespace glovebox::verifier {
namespace {
using attestation::Tee;
using Json = nlohmann::json;
constexpr std::string_view head_tcb = "{\"tcbInfo\":";
constexpr std::string_view head_identity = "{\"enclaveIdentity\":";
constexpr std::string_view between = ",\"signature\":\"";
constexpr std::string_view tail = "\"}";
constexpr std::size_t signature_hex = 128;
constexpr std::size_t depth_max = 8;

constexpr auto statuses = std::to_array<std::pair<TcbStatus, std::string_view>>({
    {TcbStatus::up_to_date, "UpToDate"},
    {TcbStatus::sw_hardening_needed, "SWHardeningNeeded"},
    {TcbStatus::configuration_needed, "ConfigurationNeeded"},
    {TcbStatus::configuration_and_sw_hardening_needed, "ConfigurationAndSWHardeningNeeded"},
    {TcbStatus::td_relaunch_advised, "TDRelaunchAdvised"},
    {TcbStatus::td_relaunch_advised_configuration_needed, "TDRelaunchAdvisedConfigurationNeeded"},
    {TcbStatus::out_of_date, "OutOfDate"},
    {TcbStatus::out_of_date_configuration_needed, "OutOfDateConfigurationNeeded"},
    {TcbStatus::revoked, "Revoked"},
});

std::unexpected<Error> invalid(std::string found, std::string expected = {}) {
  return fail(Reject::collateral_invalid, std::move(found), std::move(expected));
}

// Object reads the members of one JSON object. As with base/reader.h the first failure sticks, in whatever object it
// was: all that belong to one document share it.
class Object {
 public:
  Object(const Json& json, Status& status) : json_(json), status_(status) {
    if (!json_.is_object()) refuse("no object", "{...}");
  }

  bool has(const char* key) const { return json_.is_object() && json_.contains(key); }
  const Json& at(const char* key) {
    static const Json none;
    if (has(key)) return json_[key];
    refuse("no " + std::string(key), "it");
    return none;
  }
  std::string text(const char* key, std::size_t max) {
    const Json& value = at(key);
    if (value.is_string() && value.get_ref<const std::string&>().size() <= max) return value.get<std::string>();
    refuse(std::string(key) + " of another form", "a text");
    return {};
  }
  std::uint32_t number(const char* key, std::uint32_t max) {
    const Json& value = at(key);
    if (value.is_number_unsigned() && value.get<std::uint64_t>() <= max)
      return static_cast<std::uint32_t>(value.get<std::uint64_t>());
    refuse(std::string(key) + " out of its bounds", "0 to " + std::to_string(max));
    return 0;
  }
  template <std::size_t N>
  Array<N> hex(const char* key) {
    Array<N> out{};
    const auto bytes = from_hex(text(key, 2 * N));
    if (bytes && bytes->size() == N)
      std::ranges::copy(*bytes, out.begin());
    else
      refuse(std::string(key) + " of another form", std::to_string(2 * N) + " hex digits");
    return out;
  }
  Time time(const char* key) {
    const std::string written = text(key, 24);
    const auto read = from_rfc3339(written);
    if (read && written.ends_with('Z')) return *read;
    refuse(std::string(key) + " of another form", "a time in UTC");
    return {};
  }
  Object object(const char* key) { return {at(key), status_}; }
  std::vector<Object> objects(const char* key, std::size_t max) {
    std::vector<Object> out;
    const Json& value = at(key);
    if (!value.is_array() || value.size() > max) refuse(std::string(key) + " of another form", "a list of objects");
    if (!status_) return out;
    for (const Json& one : value) out.emplace_back(one, status_);
    return out;
  }
  std::vector<std::string> texts(const char* key, std::size_t max, std::size_t size_max) {
    std::vector<std::string> out;
    if (!has(key)) return out;
    const Json& value = at(key);
    if (!value.is_array() || value.size() > max) refuse(std::string(key) + " of another form", "a list of texts");
    if (!status_) return out;
    for (const Json& one : value) {
      if (!one.is_string() || one.get_ref<const std::string&>().size() > size_max)
        refuse("an element of " + std::string(key), "a text");
      else
        out.push_back(one.get<std::string>());
    }
    return out;
  }
  void refuse(std::string found, std::string expected = {}) {
    if (status_) status_ = invalid(std::move(found), std::move(expected));
  }

 private:
  const Json& json_;
  Status& status_;
};

Standing standing(Object& in) {
  Standing out;
  const auto status = tcb_status_from_name(in.text("tcbStatus", 64));
  if (status)
    out.status = *status;
  else
    in.refuse("a tcbStatus that nobody knows", "one of Intel's words");
  out.date = in.time("tcbDate");
  out.advisories = in.texts("advisoryIDs", advisories_max, advisory_size_max);
  return out;
}

std::vector<SvnLevel> svn_levels(Object& in) {
  std::vector<SvnLevel> out;
  for (Object& level : in.objects("tcbLevels", tcb_levels_max)) {
    Object tcb = level.object("tcb");
    const auto svn = static_cast<std::uint16_t>(tcb.number("isvsvn", UINT16_MAX));
    out.push_back({.isv_svn = svn, .standing = standing(level)});
  }
  return out;
}

Array<16> components(Object& tcb, const char* key) {
  Array<16> out{};
  auto list = tcb.objects(key, out.size());
  if (list.size() != out.size()) tcb.refuse(std::string(key) + " of another size", "16 components");
  for (std::size_t i = 0; i < list.size(); ++i) out[i] = static_cast<std::uint8_t>(list[i].number("svn", UINT8_MAX));
  return out;
}

// Version 2 has its components side by side, sgxtcbcomp01svn to sgxtcbcomp16svn.
Array<16> components_2(Object& tcb) {
  Array<16> out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string key = "sgxtcbcomp" + std::string(i < 9 ? "0" : "") + std::to_string(i + 1) + "svn";
    out[i] = static_cast<std::uint8_t>(tcb.number(key.c_str(), UINT8_MAX));
  }
  return out;
}

TdxModule module_of(Object in, bool identity) {
  TdxModule out;
  if (identity) out.id = in.text("id", 16);
  out.mr_signer = in.hex<48>("mrsigner");
  out.attributes = in.hex<8>("attributes");
  out.mask = in.hex<8>("attributesMask");
  if (identity) out.levels = svn_levels(in);
  return out;
}

TcbInfo tcb_info(Object& in) {
  TcbInfo out;
  const std::uint32_t version = in.number("version", UINT16_MAX);
  if (version != 2 && version != 3) in.refuse("TCB info of version " + std::to_string(version), "2 or 3");
  const std::string id = version == 2 ? "SGX" : in.text("id", 16);
  if (id != "SGX" && id != "TDX") in.refuse("TCB info for something else", "SGX or TDX");
  out.tee = id == "TDX" ? Tee::tdx : Tee::sgx;
  const bool tdx = out.tee == Tee::tdx;
  if (in.number("tcbType", UINT16_MAX) != 0) in.refuse("a tcbType that nobody knows", "0");
  out.fmspc = in.hex<6>("fmspc");
  out.pce_id = in.hex<2>("pceId");
  out.evaluation = in.number("tcbEvaluationDataNumber", UINT32_MAX);
  if (tdx) {
    out.module = module_of(in.object("tdxModule"), false);
    if (in.has("tdxModuleIdentities"))
      for (const Object& one : in.objects("tdxModuleIdentities", tdx_modules_max))
        out.modules.push_back(module_of(one, true));
  }
  for (Object& level : in.objects("tcbLevels", tcb_levels_max)) {
    Object tcb = level.object("tcb");
    TcbLevel one;
    one.sgx = version == 2 ? components_2(tcb) : components(tcb, "sgxtcbcomponents");
    one.pce_svn = static_cast<std::uint16_t>(tcb.number("pcesvn", UINT16_MAX));
    if (tdx) one.tdx = components(tcb, "tdxtcbcomponents");
    one.standing = standing(level);
    out.levels.push_back(std::move(one));
  }
  return out;
}

QuotingIdentity identity(Object& in) {
  QuotingIdentity out;
  if (in.number("version", UINT16_MAX) != 2) in.refuse("an enclave identity of another version", "2");
  const std::string id = in.text("id", 16);
  if (id != "QE" && id != "TD_QE") in.refuse("the identity of another enclave", "QE or TD_QE");
  out.tee = id == "TD_QE" ? Tee::tdx : Tee::sgx;
  out.evaluation = in.number("tcbEvaluationDataNumber", UINT32_MAX);
  out.misc_select = in.hex<4>("miscselect");
  out.misc_mask = in.hex<4>("miscselectMask");
  out.attributes = in.hex<16>("attributes");
  out.attributes_mask = in.hex<16>("attributesMask");
  out.mr_signer = in.hex<32>("mrsigner");
  out.isv_prod_id = static_cast<std::uint16_t>(in.number("isvprodid", UINT16_MAX));
  out.levels = svn_levels(in);
  return out;
}
}  // namespace

std::string_view name(TcbStatus status) {
  return std::ranges::find(statuses, status, &std::pair<TcbStatus, std::string_view>::first)->second;
}
std::optional<TcbStatus> tcb_status_from_name(std::string_view text) {
  const auto it = std::ranges::find(statuses, text, &std::pair<TcbStatus, std::string_view>::second);
  return it == statuses.end() ? std::nullopt : std::optional(it->first);
}

Bytes DcapDocument::encode() const {
  const std::string_view head = std::holds_alternative<TcbInfo>(content) ? head_tcb : head_identity;
  return concat({view_of(head), signed_bytes, view_of(between), view_of(to_hex(signature)), view_of(tail)});
}

Result<DcapDocument> DcapDocument::parse(View json) {
  if (json.size() > dcap_document_size_max)
    return invalid(std::to_string(json.size()) + " bytes of JSON", "at most 65536");
  std::string_view text = text_of(json);
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
  const bool tcb = text.starts_with(head_tcb);
  const std::string_view head = tcb ? head_tcb : head_identity;
  const std::size_t behind = between.size() + signature_hex + tail.size();
  if (!text.starts_with(head) || text.size() < head.size() + behind || !text.ends_with(tail))
    return invalid("another JSON text", "{\"tcbInfo\":...,\"signature\":\"...\"}, as Intel's service answers");
  const std::string_view inner = text.substr(head.size(), text.size() - head.size() - behind);
  const std::string_view rest = text.substr(head.size() + inner.size());
  const auto signature = from_hex(rest.substr(between.size(), signature_hex));
  if (!rest.starts_with(between) || !signature || signature->size() != 64)
    return invalid("no signature behind the document", "128 hex digits");

  bool deep = false;
  const auto guard = [&deep](int depth, Json::parse_event_t, Json&) {
    deep = deep || depth > static_cast<int>(depth_max);
    return !deep;
  };
  const Json parsed = Json::parse(inner, guard, false);
  if (deep || parsed.is_discarded()) return invalid("no JSON of this kind", "an object of at most 8 levels");
  DcapDocument out;
  out.signed_bytes = to_bytes(view_of(inner));
  std::ranges::copy(*signature, out.signature.begin());
  Status status;
  Object in(parsed, status);
  out.issued = in.time("issueDate");
  out.next_update = in.time("nextUpdate");
  if (tcb)
    out.content = tcb_info(in);
  else
    out.content = identity(in);
  GLOVEBOX_CHECK(status);
  return out;
}

}  // namespace glovebox::verifier
