#include "protocol/release_rules.h"

namespace glovebox::protocol {
namespace {
bool ascending(const auto& list, auto projection) {
  return std::ranges::adjacent_find(list, std::ranges::greater_equal(), projection) == list.end();
}
std::string_view word(OutputForm form) {
  return name(form);
}
}  // namespace

Bytes ReleaseRules::encode() const {
  cbor::Writer out;
  out.document(release_rules_label, 7).tstr(purpose);
  write_optional_time(out, not_before);
  write_optional_time(out, not_after);
  if (maximum_uses) {
    out.uint(*maximum_uses);
  } else {
    out.null();
  }
  auto forms = output_forms;
  std::ranges::sort(forms, {}, word);
  out.array(forms.size());
  for (const OutputForm form : forms) out.tstr(name(form));
  auto keys = requesters;
  std::ranges::sort(keys);
  out.array(keys.size());
  for (const auto& key : keys) out.bstr(key.bytes);
  return out.take();
}

Result<ReleaseRules> ReleaseRules::parse(View encoded) {
  GLOVEBOX_CHECK(check_size(release_rules_label, encoded.size(), release_rules_size_max));
  cbor::Reader in(encoded);
  ReleaseRules out;
  in.document(release_rules_label, 7);
  out.purpose = in.tstr(purpose_max);
  out.not_before = read_optional_time(in);
  out.not_after = read_optional_time(in);
  if (!in.take_null()) out.maximum_uses = in.uint(maximum_uses_max);
  for (auto c = in.array(2); in.more(c);) {
    const std::string_view text = in.tstr(16);
    const auto form = output_form_from_name(text);
    if (in.ok() && !form)
      in.refuse(Reject::policy_invalid, "output form \"" + std::string(text) + "\"", "score, table");
    if (in.ok()) out.output_forms.push_back(*form);
  }
  for (auto c = in.array(requesters_max); in.more(c);) out.requesters.push_back({in.bytes_of<32>()});
  GLOVEBOX_CHECK(in.finish());
  if (!ascending(out.output_forms, word) || !ascending(out.requesters, std::identity()))
    return fail(Reject::not_deterministic, "a list out of order or with an entry twice", "ascending entries");
  GLOVEBOX_CHECK(out.check());
  return out;
}

Status ReleaseRules::check() const {
  if (purpose.empty()) return fail(Reject::policy_empty, "no purpose", "purpose = \"...\"");
  if (purpose.size() > purpose_max)
    return fail(Reject::policy_invalid, "a purpose of " + std::to_string(purpose.size()) + " bytes",
                "at most " + std::to_string(purpose_max));
  if (output_forms.empty()) return fail(Reject::policy_empty, "no output form", "output_forms = [\"score\"]");
  if (maximum_uses && (*maximum_uses == 0 || *maximum_uses > maximum_uses_max))
    return fail(Reject::policy_invalid, "maximum_uses " + std::to_string(*maximum_uses), "1 to 1000000");
  if (not_before && not_after && *not_after < *not_before)
    return fail(Reject::policy_invalid, "not_after " + to_rfc3339(*not_after),
                "not before not_before " + to_rfc3339(*not_before));
  if (requesters.size() > requesters_max)
    return fail(Reject::policy_invalid, std::to_string(requesters.size()) + " requesters",
                "at most " + std::to_string(requesters_max));
  auto forms = output_forms;
  std::ranges::sort(forms, {}, word);
  auto keys = requesters;
  std::ranges::sort(keys);
  if (!ascending(forms, word) || !ascending(keys, std::identity()))
    return fail(Reject::policy_invalid, "an output form or requester that stands twice", "each once");
  return {};
}

Status ReleaseRules::allows_time(Time now) const {
  if (not_before && now < *not_before)
    return fail(Reject::not_yet_valid, to_rfc3339(now), "at least " + to_rfc3339(*not_before));
  if (not_after && now > *not_after) return fail(Reject::expired, to_rfc3339(now), "at most " + to_rfc3339(*not_after));
  return {};
}

Status ReleaseRules::allows_purpose(std::string_view asked) const {
  if (asked == purpose) return {};
  return fail(Reject::purpose_not_allowed, "\"" + std::string(asked) + "\"", "\"" + purpose + "\"");
}

Status ReleaseRules::allows_output(OutputForm form) const {
  if (std::ranges::contains(output_forms, form)) return {};
  return fail(Reject::output_not_allowed, std::string(name(form)), "an output form of the policy",
              "[release] output_forms lists them; \"table\" lets several people's rows out of one request");
}

Status ReleaseRules::allows_requester(const crypto::VerifyKey& owner, const crypto::VerifyKey& requester) const {
  if (requester == owner || std::ranges::contains(requesters, requester)) return {};
  return fail(Reject::requester_not_allowed, to_hex(requester.bytes), "the owner, or a requester of the policy");
}

Status ReleaseRules::allows_use(std::uint64_t uses) const {
  if (!maximum_uses || uses < *maximum_uses) return {};
  return fail(Reject::uses_exhausted, std::to_string(uses) + " uses", "at most " + std::to_string(*maximum_uses));
}

Status check_enforceable(const ReleaseRules& rules, std::span<const std::string_view> stanza_types) {
  const auto has = [&](std::string_view type) { return std::ranges::contains(stanza_types, type); };
  const bool broker = has("live") || has("broker");
  const bool enclave = has("enclave");
  const auto refuse = [](std::string_view field, std::string_view needs) {
    return fail(Reject::policy_unenforceable, std::string(field) + " without a stanza that can enforce it",
                std::string(needs));
  };
  if (!broker && !enclave) return refuse("purpose", "a stanza through an enclave: live, broker or enclave");
  if (broker) return {};
  if (rules.not_before) return refuse("not_before", "a broker: live or broker");
  if (rules.not_after) return refuse("not_after", "a broker: live or broker");
  if (rules.maximum_uses && *rules.maximum_uses != 1)
    return refuse("maximum_uses", "a broker: live or broker; an enclave alone enforces 1");
  return {};
}
}  // namespace glovebox::protocol
