// head.h: the shape of a request's head that can be read in one way only. Where one reader sees two lengths, a folded
// line or an end that another does not see, a second request hides between the two. This looks at the bytes before the
// parser does, each once; it changes nothing in them.
#pragma once
#include <optional>
#include <string>

#include "base/bytes.h"

namespace glovebox::http {

// HeadCheck takes (RFC 9112): METHOD SP TARGET SP HTTP/1.0 or HTTP/1.1, then NAME ":" VALUE lines, each ended by CR LF
// and none folded, no control byte but tabs in values; Host, Content-Length (1 to 18 digits) and Transfer-Encoding once
// at most, the last two never both, and the last not in HTTP/1.0.
class HeadCheck {
 public:
  explicit HeadCheck(std::size_t head_max) : left_(head_max) {}

  // take reads on until the head is whole, and returns how many bytes were the head's; nothing once it is refused.
  std::optional<std::size_t> take(View bytes);
  bool whole() const { return state_ == State::whole; }

  // Once it is whole:
  enum class Transfer : std::uint8_t { none, chunked, other };
  Transfer transfer() const { return transfer_; }
  std::optional<std::uint64_t> length() const { return length_; }
  const std::string& method() const { return method_; }
  const std::string& target() const { return target_; }

 private:
  enum class State : std::uint8_t { first, fields, whole, refused };
  bool take_first();
  bool take_field();
  bool end();

  std::size_t left_;  // bytes that the head may still have
  State state_ = State::first;
  std::string line_;  // up to its CR LF
  std::string method_;
  std::string target_;
  bool version_0_ = false;
  bool host_ = false;
  Transfer transfer_ = Transfer::none;
  std::optional<std::uint64_t> length_;
};

}  // namespace glovebox::http
