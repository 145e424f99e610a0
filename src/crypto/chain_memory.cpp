#include "crypto/chain_memory.h"

#include "crypto/hash.h"

namespace glovebox::crypto {

Result<Certificate> ChainMemory::certificate(View der) {
  {
    const std::lock_guard lock(mutex_);
    if (const Certificate* found = certificates_.find(der)) return *found;
  }
  return Certificate::parse(der);
}

void ChainMemory::keep(const Certificate& certificate) {
  const std::lock_guard lock(mutex_);
  certificates_.put(certificate.der(), certificate);
}

Digest ChainMemory::digest(View der) {
  {
    const std::lock_guard lock(mutex_);
    if (const Certificate* found = certificates_.find(der)) return found->digest();
  }
  return sha256(der);
}

Result<Crl> ChainMemory::list(View der) {
  {
    const std::lock_guard lock(mutex_);
    if (const Crl* found = lists_.find(der)) return *found;
  }
  GLOVEBOX_TRY(list, Crl::parse(der));
  const std::lock_guard lock(mutex_);
  lists_.put(list.der(), list);
  return list;
}

bool ChainMemory::knows(const Digest& signer, const Digest& what) {
  const std::lock_guard lock(mutex_);
  return signed_.find({signer, what}) != nullptr;
}

void ChainMemory::learn(const Digest& signer, const Digest& what) {
  const std::lock_guard lock(mutex_);
  signed_.put({signer, what}, true);
}

ChainMemory::Size ChainMemory::size() const {
  const std::lock_guard lock(mutex_);
  return {.certificates = certificates_.size(),
          .lists = lists_.size(),
          .statements = statements_.size(),
          .signatures = signed_.size()};
}

Result<Certificate> certificate_of(View der, ChainMemory* memory) {
  return memory == nullptr ? Certificate::parse(der) : memory->certificate(der);
}

Result<Crl> list_of(View der, ChainMemory* memory) {
  return memory == nullptr ? Crl::parse(der) : memory->list(der);
}

Digest digest_of(View der, ChainMemory* memory) {
  return memory == nullptr ? sha256(der) : memory->digest(der);
}

bool signed_list(const Crl& list, const Certificate& issuer, ChainMemory* memory) {
  if (memory != nullptr && memory->knows(issuer.digest(), list.digest()))
    return list.names(issuer) && issuer.fields().allows(KeyUsage::crl_sign);
  if (!list.issued_by(issuer)) return false;
  if (memory != nullptr) memory->learn(issuer.digest(), list.digest());
  return true;
}

}  // namespace glovebox::crypto
