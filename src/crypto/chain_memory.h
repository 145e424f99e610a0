// chain_memory.h: what a verifier learned about certificates and need not learn again: what some exact bytes are, a
// certificate, a list or a statement, and that the key of one certificate signed another, a list, or a statement. All
// of it is true for ever.
// What changes with time or policy (dates, revocation, whether a root is pinned, what a certificate may do) is never in
// it, and is checked each time from the certificates themselves. Safe to use from many threads.
#pragma once
#include <any>
#include <cstring>
#include <list>
#include <map>
#include <mutex>
#include <utility>

#include "crypto/crl.h"
#include "crypto/x509.h"

namespace glovebox::crypto {

constexpr std::size_t chain_memory_certificates = 512;
constexpr std::size_t chain_memory_lists = 32;  // and as many statements

// SameBytes orders by size and then by content: two that are equal are the same bytes, so nothing need be hashed.
struct SameBytes {
  bool operator()(View a, View b) const {
    return a.size() != b.size() ? a.size() < b.size() : !a.empty() && std::memcmp(a.data(), b.data(), a.size()) < 0;
  }
};

// Remembered is a bounded map; what was not asked for the longest is forgotten first. A key that is a view looks at
// what its own value holds, and goes before it.
template <class Key, class Value, class Less = std::less<Key>>
class Remembered {
 public:
  explicit Remembered(std::size_t most) : most_(most) {}
  const Value* find(const Key& key) {
    const auto it = at_.find(key);
    if (it == at_.end()) return nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return &it->second->second;
  }
  void put(const Key& key, Value value) {
    if (most_ == 0 || find(key) != nullptr) return;
    if (at_.size() == most_) {
      at_.erase(order_.back().first);
      order_.pop_back();
    }
    order_.emplace_front(key, std::move(value));
    at_[key] = order_.begin();
  }
  std::size_t size() const { return at_.size(); }

 private:
  using Order = std::list<std::pair<Key, Value>>;
  std::size_t most_;
  Order order_;
  std::map<Key, typename Order::iterator, Less> at_;
};

class ChainMemory {
 public:
  // It holds so many certificates, twice as many signatures, and so many lists.
  explicit ChainMemory(std::size_t certificates = chain_memory_certificates, std::size_t lists = chain_memory_lists)
      : certificates_(certificates), lists_(lists), statements_(lists), signed_(2 * certificates) {}
  ChainMemory(const ChainMemory&) = delete;
  ChainMemory& operator=(const ChainMemory&) = delete;

  // certificate and list are what the bytes are, parsed now if they are not remembered. Nothing that a stranger sent is
  // kept by asking: verify_chain keeps what a pinned root leads to, and `keep` is for what the caller has of its own.
  Result<Certificate> certificate(View der);  // as Certificate::parse
  Result<Crl> list(View der);                 // as Crl::parse; kept: lists are the caller's own
  void keep(const Certificate& certificate);

  // digest is SHA-256 of the bytes, which is not computed again for a certificate that is remembered.
  Digest digest(View der);

  // statement is what `keep` was given for these bytes; nothing where that was no T, or is not remembered. A statement
  // is signed and in no form that this layer knows, such as Intel's documents: its reader is its caller's, and is to be
  // a function of the bytes alone.
  template <class T>
  std::shared_ptr<const T> statement(View bytes) {
    const std::lock_guard lock(mutex_);
    const Statement* const found = statements_.find(bytes);
    const auto* const of_kind = found == nullptr ? nullptr : std::any_cast<std::shared_ptr<const T>>(&found->read);
    return of_kind == nullptr ? nullptr : *of_kind;
  }
  template <class T>
  void keep(View bytes, std::shared_ptr<const T> statement) {
    auto copy = std::make_unique<const Bytes>(to_bytes(bytes));
    const View key = *copy;
    const std::lock_guard lock(mutex_);
    statements_.put(key, {std::move(copy), std::move(statement)});
  }

  // knows says that the key in the certificate with the first digest signed what has the second, which must be over all
  // the bytes that were checked: message and signature. Of a certificate or a list it is the digest of its DER.
  bool knows(const Digest& signer, const Digest& what);
  void learn(const Digest& signer, const Digest& what);

  struct Size {
    std::size_t certificates = 0;
    std::size_t lists = 0;
    std::size_t statements = 0;
    std::size_t signatures = 0;
  };
  Size size() const;

 private:
  struct Statement {
    std::unique_ptr<const Bytes> bytes;
    std::any read;
  };
  mutable std::mutex mutex_;
  Remembered<View, Certificate, SameBytes> certificates_;
  Remembered<View, Crl, SameBytes> lists_;
  Remembered<View, Statement, SameBytes> statements_;
  Remembered<std::pair<Digest, Digest>, bool> signed_;
};

// verify_chain is that of x509.h. With a memory the signatures that it knows are not checked again; all else is. A
// chain that held is remembered: certificates and signatures.
Status verify_chain(const Certificate& root, std::span<const Certificate> intermediates, const Certificate& leaf,
                    Time at, const ChainProfile& profile, ChainMemory* memory);

// With or without a memory, in one word.
Result<Certificate> certificate_of(View der, ChainMemory* memory);
Result<Crl> list_of(View der, ChainMemory* memory);
Digest digest_of(View der, ChainMemory* memory);
// signed_list says whether the issuer signed the list, as Crl::issued_by; what was so once is remembered.
bool signed_list(const Crl& list, const Certificate& issuer, ChainMemory* memory);

}  // namespace glovebox::crypto
