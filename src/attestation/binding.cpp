#include "attestation/binding.h"

#include <algorithm>
#include <cstdlib>

#include "crypto/hash.h"

namespace glovebox::attestation {
namespace {
constexpr std::string_view binding_label = "glovebox binding v1";
constexpr std::string_view keys_label = "glovebox keys v1";

template <class... Fs>
struct Cases : Fs... {
  using Fs::operator()...;
};

crypto::VerifyKey key_of(const Array<32>& bytes) {
  return crypto::VerifyKey{.bytes = bytes};
}

// malformed turns what a CBOR reader found into the word for evidence.
std::unexpected<Error> malformed(const Error& error) {
  return fail(Reject::evidence_malformed, std::string(glovebox::name(error.reason)) + ": " + error.found,
              error.expected);
}
}  // namespace

std::string_view name(Purpose purpose) {
  switch (purpose) {
    case Purpose::client:
      return "client";
    case Purpose::release:
      return "release";
    case Purpose::model:
      return "model";
    case Purpose::kms:
      return "kms";
  }
  std::abort();
}

Result<Purpose> purpose_from_name(std::string_view text) {
  for (const Purpose purpose : {Purpose::client, Purpose::release, Purpose::model, Purpose::kms})
    if (name(purpose) == text) return purpose;
  return fail(Reject::evidence_malformed, "another purpose", "client, release, model or kms");
}

Result<KeySet> KeySet::create(std::vector<Key> keys) {
  if (keys.empty() || keys.size() > keys_max)
    return fail(Reject::evidence_malformed, std::to_string(keys.size()) + " keys",
                "1 to " + std::to_string(keys_max) + " keys");
  std::ranges::sort(keys, {}, &Key::role);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Key& key = keys[i];
    if (key.role.empty() || key.role.size() > role_size_max)
      return fail(Reject::evidence_malformed, "a role of " + std::to_string(key.role.size()) + " bytes");
    if (key.public_key.empty() || key.public_key.size() > key_size_max)
      return fail(Reject::evidence_malformed, "a key of " + std::to_string(key.public_key.size()) + " bytes",
                  "at most " + std::to_string(key_size_max));
    if (i > 0 && keys[i - 1].role == key.role)
      return fail(Reject::evidence_malformed, "the role " + key.role + " twice", "each role once");
  }
  KeySet set;
  set.keys_ = std::move(keys);
  return set;
}

KeySet KeySet::of(const crypto::KemPublic& hpke) {
  KeySet set;
  set.keys_.push_back({std::string(role_hpke), static_cast<std::uint64_t>(hpke.kem()), hpke.bytes()});
  return set;
}

KeySet KeySet::of(const crypto::KemPublic& hpke, const crypto::VerifyKey& receipt) {
  KeySet set = of(hpke);
  set.keys_.push_back({std::string(role_receipt), algorithm_ed25519, to_bytes(receipt.bytes)});
  return set;
}

Result<KeySet> KeySet::parse(cbor::Reader& in) {
  std::vector<Key> keys;
  bool label = true;
  for (auto array = in.array(1 + keys_max); in.more(array);) {
    if (label) {
      const std::string_view found = in.tstr(keys_label.size());
      if (in.ok() && found != keys_label)
        in.refuse(Reject::version_unsupported, "keys of another kind", std::string(keys_label));
      label = false;
      continue;
    }
    in.open_array(3);
    Key key;
    key.role = in.tstr(role_size_max);
    key.algorithm = in.uint();
    key.public_key = to_bytes(in.bstr(key_size_max));
    if (in.ok() && !keys.empty() && keys.back().role >= key.role)
      in.refuse(Reject::not_deterministic, "roles out of order or twice", "ascending roles");
    keys.push_back(std::move(key));
  }
  if (!in.ok()) return malformed(in.status().error());
  return create(std::move(keys));
}

const Key* KeySet::find(std::string_view role) const {
  const auto it = std::ranges::find(keys_, role, &Key::role);
  return it == keys_.end() ? nullptr : &*it;
}

Bytes KeySet::encode() const {
  cbor::Writer out;
  out.document(keys_label, 1 + keys_.size());
  for (const Key& key : keys_) out.array(3).tstr(key.role).uint(key.algorithm).bstr(key.public_key);
  return out.take();
}

Digest KeySet::digest() const {
  return crypto::sha256(encode());
}

Purpose purpose_of(const Context& context) {
  return std::visit(
      Cases{[](const ClientContext&) { return Purpose::client; },
            [](const ReleaseContext&) { return Purpose::release; }, [](const ModelContext&) { return Purpose::model; },
            [](const KmsContext&) { return Purpose::kms; }},
      context);
}

Bytes encode(const Context& context) {
  cbor::Writer out;
  std::visit(
      Cases{[&](const ClientContext& c) {
              auto models = c.models;
              std::ranges::sort(models);
              out.array(2).bstr(c.configuration).array(models.size());
              for (const Digest& model : models) out.bstr(model);
            },
            [&](const ReleaseContext& c) { out.array(3).bstr(c.request).bstr(c.wrapped_key).bstr(c.broker.bytes); },
            [&](const ModelContext& c) { out.array(2).bstr(c.bundle).bstr(c.broker.bytes); },
            [&](const KmsContext& c) { out.array(1).tstr(c.key_arn); }},
      context);
  return out.take();
}

Result<Context> parse_context(Purpose purpose, cbor::Reader& in) {
  Context context;
  switch (purpose) {
    case Purpose::client: {
      in.open_array(2);
      ClientContext c{.configuration = in.bytes_of<32>(), .models = {}};
      for (auto array = in.array(models_max); in.more(array);) {
        const auto model = in.bytes_of<32>();
        if (in.ok() && !c.models.empty() && c.models.back() >= model)
          in.refuse(Reject::not_deterministic, "model digests out of order or twice", "ascending digests");
        c.models.push_back(model);
      }
      context = std::move(c);
      break;
    }
    case Purpose::release: {
      in.open_array(3);
      ReleaseContext c;
      c.request = in.bytes_of<32>();
      c.wrapped_key = in.bytes_of<32>();
      c.broker = key_of(in.bytes_of<32>());
      context = c;
      break;
    }
    case Purpose::model: {
      in.open_array(2);
      ModelContext c;
      c.bundle = in.bytes_of<32>();
      c.broker = key_of(in.bytes_of<32>());
      context = c;
      break;
    }
    case Purpose::kms: {
      in.open_array(1);
      context = KmsContext{.key_arn = std::string(in.tstr(key_arn_size_max))};
      break;
    }
  }
  if (!in.ok()) return malformed(in.status().error());
  return context;
}

Binding make_binding(View nonce, const KeySet& keys, const Context& context) {
  cbor::Writer out;
  out.document(binding_label, 5).tstr(name(purpose_of(context))).bstr(nonce).bstr(keys.digest());
  out.raw(encode(context));
  Binding binding;
  binding.bytes_ = crypto::sha512(out.view());
  return binding;
}

}  // namespace glovebox::attestation
