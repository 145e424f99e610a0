// data.h: what is to be scored, as a stream that can be read again: the same bytes each time, which a retry relies on
// and checks.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/secret.h"
#include "scan/source.h"

namespace glovebox::client {

class Data {
 public:
  virtual ~Data() = default;
  // rewind starts again at the first byte.
  virtual Status rewind() = 0;
  // read fills the buffer as far as it can; 0 is the end.
  virtual Result<std::size_t> read(std::span<std::uint8_t> out) = 0;
  // size is the number of bytes, where that is known without reading them.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
};

// memory_data serves bytes that are held already (standard input); they are erased with it.
std::unique_ptr<Data> memory_data(SecretBytes bytes);
// file_data reads a regular file: file_unreadable.
Result<std::unique_ptr<Data>> file_data(const std::string& path);

// file_source reads a regular file at any place: file_unreadable.
Result<std::unique_ptr<scan::Source>> file_source(const std::string& path);

// read_all reads all of it from its beginning, hands each piece to `visit`, rewinds, and returns the number of bytes.
Result<std::uint64_t> read_all(Data& data, const std::function<Status(View)>& visit);
// size_of reads all of it only where it has to.
Result<std::uint64_t> size_of(Data& data);

}  // namespace glovebox::client
