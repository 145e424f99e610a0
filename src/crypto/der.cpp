#include "crypto/der.h"

#include "base/reader.h"

namespace glovebox::crypto {
namespace {
constexpr unsigned class_mask = 0xc0;  // 0: universal
constexpr unsigned constructed = 0x20;
enum Universal : unsigned { boolean = 1, integer = 2, bit_string = 3, null = 5, object = 6, sequence = 16, set = 17 };

std::size_t read_length(Reader& in) {
  const unsigned first = in.u8();
  if (first < 0x80) return first;
  const unsigned count = first & 0x7fU;
  if (count == 0 || count > 4) {
    in.refuse(Reject::malformed, "a DER length of indefinite or unreasonable form");
    return 0;
  }
  std::size_t size = 0;
  for (unsigned i = 0; i < count; ++i) size = size << 8 | in.u8();
  if (in.ok() && (size < 0x80 || size >> (8 * (count - 1)) == 0))
    in.refuse(Reject::malformed, "a DER length longer than needed");
  return size;
}

Status check_primitive(unsigned tag, View content) {
  const auto bad = [](const char* what) -> Status { return fail(Reject::malformed, what); };
  switch (tag) {
    case boolean:
      if (content.size() != 1 || (content[0] != 0x00 && content[0] != 0xff)) return bad("a boolean not in DER");
      break;
    case integer:
      if (content.empty()) return bad("an empty integer");
      if (content.size() > 1 &&
          ((content[0] == 0x00 && content[1] < 0x80) || (content[0] == 0xff && content[1] >= 0x80)))
        return bad("an integer longer than needed");
      break;
    case bit_string:
      if (content.empty() || content[0] > 7 || (content.size() == 1 && content[0] != 0) ||
          (content[0] != 0 && (content.back() & ((1U << content[0]) - 1)) != 0))
        return bad("a bit string whose unused bits are not in DER");
      break;
    case null:
      if (!content.empty()) return bad("a null with content");
      break;
    case object:
      if (content.empty() || content.back() >= 0x80) return bad("an object identifier that ends too early");
      break;
    case sequence:
    case set:
      return bad("a sequence or set that is not constructed");
    default:
      break;
  }
  return {};
}

Status walk(Reader& in, std::size_t depth) {
  if (depth > der_depth_max) return fail(Reject::too_deep, "DER nested deeper than " + std::to_string(der_depth_max));
  const unsigned head = in.u8();
  if (in.ok() && (head & 0x1fU) == 0x1f) in.refuse(Reject::malformed, "a DER tag above 30");
  const std::size_t size = read_length(in);
  const View content = in.bytes(size);
  GLOVEBOX_CHECK(in.status());
  const bool universal = (head & class_mask) == 0;
  const unsigned tag = head & 0x1fU;
  if ((head & constructed) == 0) return universal ? check_primitive(tag, content) : Status{};
  if (universal && tag != sequence && tag != set) return fail(Reject::malformed, "a constructed string");
  for (Reader inside(content); inside.left() != 0;) {
    if (auto good = walk(inside, depth + 1); !good) {
      // The end of an inner element is no end of the input: only the outermost may say truncated.
      if (good.error().reason == Reject::truncated)
        return fail(Reject::malformed, "an element longer than what holds it");
      return good;
    }
  }
  return {};
}
}  // namespace

Status strict_der(View bytes) {
  Reader in(bytes);
  GLOVEBOX_CHECK(walk(in, 0));
  return in.finish();
}

std::optional<DerElement> first_element(View bytes) {
  Reader in(bytes);
  DerElement out;
  out.head = in.u8();
  out.content = in.bytes(read_length(in));
  if (!in.ok()) return std::nullopt;
  out.whole = bytes.first(bytes.size() - in.left());
  return out;
}
}  // namespace glovebox::crypto
