// intel_maker.h: what the cases of TDX and SGX are made with: one signer for each, policies and collateral that fit it,
// and ways to spoil one thing at a time. Only intel_cases*.cpp and azure_tdx_cases.cpp include this.
#pragma once
#include <functional>

#include "attestation/evidence.h"
#include "testroots/intel_signer.h"
#include "testroots/suite.h"

namespace glovebox::testroots {

struct IntelMaker {
  Suite& suite;
  Time at;
  attestation::Tee tee;
  std::string platform;  // "tdx" or "sgx"
  IntelSigner signer;
  IntelSigner::Chain chain = signer.issue();
  Digest configuration;
  std::vector<Digest> models;
  attestation::Nonce nonce;
  crypto::KemPrivate hpke = crypto::KemPrivate::generate(crypto::Kem::x25519);
  crypto::SigningKey receipt = crypto::SigningKey::generate();

  IntelMaker(Suite& to, Time now, attestation::Tee of);

  attestation::KeySet keyset() const;
  attestation::Context context() const;
  // quote is a good one: bound, with the inputs that it was started with, not signed yet.
  attestation::Quote quote() const;
  // caller_data is where its caller's 64 bytes are.
  static Array<64>& caller_data(attestation::Quote& quote);
  Bytes document(attestation::Quote quote) const;
  Bytes good() const { return document(quote()); }
  attestation::Evidence message(Bytes document) const;

  // Policies: `rules` is the text of [evidence.PLATFORM] after its head, `measurement` the lines of the one
  // measurement.
  void policy(const std::string& name, std::string_view profile, const std::string& rules,
              const std::string& measurement = {}) const;
  std::string known_by() const;  // the lines of the good measurement
  std::string rules(std::string_view unchecked, std::string_view statuses = "\"UpToDate\"") const;
  void policies() const;

  // Bundles: what differs from the good one.
  struct Parts {
    std::vector<Bytes> certificates;
    std::vector<Bytes> lists;
    std::vector<Bytes> documents;
  };
  Parts good_parts() const;
  static Bytes bundle(Parts parts);
  // with_documents makes the bundle of this name from changed documents.
  void with_documents(const std::string& name, const std::function<void(IntelDocuments&)>& change) const;
  void with_parts(const std::string& name, const std::function<void(Parts&)>& change) const;
  Bytes list(bool of_root, std::int64_t from, std::int64_t until, std::initializer_list<std::uint64_t> serials,
             const crypto::P256Key* key = nullptr) const;

  // `policy` and `collateral` are names without the platform's before them; "" is the good one, "-" none.
  void add(Words words, Bytes evidence, const std::string& policy = "", const std::string& collateral = "",
           bool asks = true) const;
  // A message around a quote that `change` spoils before it is signed, between its signatures, or after them.
  void before(Words words, const std::function<void(attestation::Quote&)>& change, const std::string& policy = "",
              const std::string& collateral = "") const;
  void signed_then(Words words, const std::function<void(attestation::Quote&)>& change) const;
  void after(Words words, const std::function<void(Bytes&)>& change) const;
  void beside(Words words, const std::function<void(attestation::Evidence&)>& change) const;
  // A message under a chain that `spoil` changes before it is issued; its root is the policy's own.
  void spoilt(Words words, const std::function<void(IntelSigner&)>& spoil, const std::string& policy = "",
              const std::string& collateral = "") const;
};

}  // namespace glovebox::testroots
