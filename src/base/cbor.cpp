#include "base/cbor.h"

#include <bit>
#include <cstring>
#include <limits>

namespace glovebox::cbor {
namespace {
bool valid_utf8(View text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::uint8_t lead = text[i];
    std::size_t more = 0;
    std::uint32_t code = lead;
    if (lead >= 0x80) {
      if (lead >= 0xc2 && lead <= 0xdf)
        more = 1, code = lead & 0x1fU;
      else if (lead >= 0xe0 && lead <= 0xef)
        more = 2, code = lead & 0x0fU;
      else if (lead >= 0xf0 && lead <= 0xf4)
        more = 3, code = lead & 0x07U;
      else
        return false;
    }
    if (text.size() - i <= more) return false;
    for (std::size_t k = 1; k <= more; ++k) {
      if ((text[i + k] & 0xc0U) != 0x80) return false;
      code = (code << 6) | (text[i + k] & 0x3fU);
    }
    if ((more == 2 && code < 0x800) || (more == 3 && (code < 0x10000 || code > 0x10ffff)) ||
        (code >= 0xd800 && code <= 0xdfff))
      return false;
    i += more + 1;
  }
  return true;
}
constexpr std::uint8_t break_byte = 0xff;
}  // namespace

void Reader::refuse(Reject reason, std::string found, std::string expected) {
  if (ok()) status_ = fail(reason, std::move(found), std::move(expected));
}

Type Reader::peek() const {
  if (!ok()) return Type::invalid;
  if (at_ >= all_.size()) return Type::end;
  const std::uint8_t b = all_[at_];
  if (b == break_byte) return Type::end;
  switch (b >> 5) {
    case 0:
      return Type::uint;
    case 1:
      return Type::negative;
    case 2:
      return Type::bstr;
    case 3:
      return Type::tstr;
    case 4:
      return Type::array;
    case 5:
      return Type::map;
    case 6:
      return Type::tag;
    default:
      break;
  }
  if (b == 0xf4 || b == 0xf5) return Type::boolean;
  if (b == 0xf6) return Type::null;
  if (b == 0xfa) return Type::float32;
  if (b == 0xfb) return Type::float64;
  return Type::invalid;
}

std::optional<Reader::Head> Reader::head() {
  if (!ok()) return std::nullopt;
  if (at_ >= all_.size()) {
    refuse(Reject::truncated, "the end of the CBOR", "an item");
    return std::nullopt;
  }
  const std::uint8_t initial = all_[at_];
  const unsigned info = initial & 31U;
  Head out{static_cast<unsigned>(initial >> 5), info, info};
  if (info < 24 || info == 31) {
    ++at_;
    return out;
  }
  if (info > 27) {
    refuse(Reject::malformed, "a reserved CBOR length");
    return std::nullopt;
  }
  const std::size_t size = std::size_t{1} << (info - 24);
  if (all_.size() - at_ - 1 < size) {
    refuse(Reject::truncated, "the end inside a CBOR head", "an item");
    return std::nullopt;
  }
  out.value = 0;
  for (std::size_t i = 0; i < size; ++i) out.value = (out.value << 8) | all_[at_ + 1 + i];
  const std::uint64_t least = info == 24 ? 24 : std::uint64_t{1} << (8 * (size / 2));
  if (out.major != 7 && out.value < least) {
    refuse(Reject::not_deterministic, "an integer or length longer than needed", "its shortest form");
    return std::nullopt;
  }
  at_ += 1 + size;
  return out;
}

Reader::Head Reader::expect(unsigned major, std::string_view what) {
  const std::size_t start = at_;
  const auto h = head();
  if (!h) return {major, 0, 0};
  if (h->major != major || (h->info == 31 && (major < 4 || major > 5))) {
    at_ = start;
    refuse(Reject::malformed, "another CBOR type at byte " + std::to_string(start), std::string(what));
    return {major, 0, 0};
  }
  return *h;
}

std::uint64_t Reader::uint(std::uint64_t max) {
  const std::uint64_t v = expect(0, "an unsigned integer").value;
  if (v > max) refuse(Reject::too_large, std::to_string(v), "at most " + std::to_string(max));
  return ok() ? v : 0;
}

std::int64_t Reader::integer() {
  const bool negative = peek() == Type::negative;
  const std::uint64_t v = expect(negative ? 1 : 0, "an integer").value;
  if (v > std::uint64_t{std::numeric_limits<std::int64_t>::max()})
    refuse(Reject::too_large, "an integer beyond 63 bits");
  if (!ok()) return 0;
  return negative ? -1 - static_cast<std::int64_t>(v) : static_cast<std::int64_t>(v);
}

View Reader::bstr(std::size_t max) {
  const std::uint64_t size = expect(2, "a byte string").value;
  if (ok() && size > max) refuse(Reject::too_large, std::to_string(size) + " bytes", "at most " + std::to_string(max));
  if (ok() && size > all_.size() - at_) refuse(Reject::truncated, "the end inside a byte string");
  if (!ok()) return {};
  const View out = all_.subspan(at_, size);
  at_ += size;
  return out;
}

std::string_view Reader::tstr(std::size_t max) {
  const std::uint64_t size = expect(3, "a text").value;
  if (ok() && size > max)
    refuse(Reject::too_large, std::to_string(size) + " bytes of text", "at most " + std::to_string(max));
  if (ok() && size > all_.size() - at_) refuse(Reject::truncated, "the end inside a text");
  if (!ok()) return {};
  const View out = all_.subspan(at_, size);
  if (!valid_utf8(out)) {
    refuse(Reject::malformed, "a text that is not UTF-8");
    return {};
  }
  at_ += size;
  return text_of(out);
}

bool Reader::boolean() {
  if (peek() != Type::boolean) {
    if (at_ >= all_.size()) refuse(Reject::truncated, "the end of the CBOR", "true or false");
    refuse(Reject::malformed, "another CBOR type at byte " + std::to_string(at_), "true or false");
    return false;
  }
  return all_[at_++] == 0xf5;
}

float Reader::float32() {
  if (peek() != Type::float32) {
    if (at_ >= all_.size()) refuse(Reject::truncated, "the end of the CBOR", "a 32-bit float");
    refuse(Reject::malformed, "another CBOR type at byte " + std::to_string(at_), "a 32-bit float");
    return 0;
  }
  const auto h = head();
  return h ? std::bit_cast<float>(static_cast<std::uint32_t>(h->value)) : 0;
}

double Reader::float64() {
  if (peek() != Type::float64) {
    if (at_ >= all_.size()) refuse(Reject::truncated, "the end of the CBOR", "a 64-bit float");
    refuse(Reject::malformed, "another CBOR type at byte " + std::to_string(at_), "a 64-bit float");
    return 0;
  }
  const auto h = head();
  return h ? std::bit_cast<double>(h->value) : 0;
}

std::uint64_t Reader::tag() {
  return expect(6, "a tag").value;
}

bool Reader::take_null() {
  if (peek() != Type::null) return false;
  ++at_;
  return true;
}

void Reader::open_array(std::size_t n) {
  const Head h = expect(4, "an array");
  if (ok() && (h.info == 31 || h.value != n))
    refuse(Reject::malformed, "an array of another length", std::to_string(n) + " elements");
}

void Reader::document(std::string_view label, std::size_t n) {
  const Head h = expect(4, "an array");
  if (ok() && (h.info == 31 || h.value == 0)) refuse(Reject::malformed, "an array without a label");
  const std::string_view found = tstr(64);
  if (ok() && found != label)
    refuse(Reject::version_unsupported, "a document \"" + std::string(found) + "\"", "\"" + std::string(label) + "\"");
  if (ok() && h.value != n)
    refuse(Reject::malformed, std::to_string(h.value) + " fields",
           std::to_string(n) + " fields of " + std::string(label));
}

Reader::Container Reader::array(std::size_t max) {
  const Head h = expect(4, "an array");
  Container c{.left = h.value, .max = max};
  if (h.info == 31) {
    c.left.reset();
    if (form_ == Form::strict) refuse(Reject::not_deterministic, "an array of indefinite length", "a definite length");
  } else if (ok() && h.value > max) {
    refuse(Reject::too_large, std::to_string(h.value) + " elements", "at most " + std::to_string(max));
  }
  return c;
}

Reader::Container Reader::map(std::size_t max) {
  const Head h = expect(5, "a map");
  Container c{.left = h.value, .max = max, .seen = 0, .map = true};
  if (h.info == 31) {
    c.left.reset();
    if (form_ == Form::strict) refuse(Reject::not_deterministic, "a map of indefinite length", "a definite length");
  } else if (ok() && h.value > max) {
    refuse(Reject::too_large, std::to_string(h.value) + " entries", "at most " + std::to_string(max));
  }
  return c;
}

bool Reader::more(Container& c) {
  if (!ok()) return false;
  if (c.left) {
    if (*c.left == 0) return false;
    --*c.left;
  } else {
    if (at_ < all_.size() && all_[at_] == break_byte) {
      ++at_;
      return false;
    }
    if (++c.seen > c.max) {
      refuse(Reject::too_large, "more than " + std::to_string(c.max) + " elements");
      return false;
    }
    if (at_ >= all_.size()) {
      refuse(Reject::truncated, "the end inside a container");
      return false;
    }
  }
  return true;
}

void Reader::check_key(Container& c, std::size_t start) {
  if (!ok()) return;
  std::string key(text_of(all_.subspan(start, at_ - start)));
  if (form_ == Form::strict && !c.last_key.empty() && c.last_key >= key) {
    refuse(Reject::not_deterministic, "a map key out of order or twice", "ascending keys");
    return;
  }
  if (!c.keys.insert(key).second) refuse(Reject::malformed, "a map key that stands twice");
  c.last_key = std::move(key);
}

std::string_view Reader::key_text(Container& c, std::size_t max) {
  const std::size_t start = at_;
  const std::string_view key = tstr(max);
  check_key(c, start);
  return ok() ? key : std::string_view{};
}

std::uint64_t Reader::key_uint(Container& c) {
  const std::size_t start = at_;
  const std::uint64_t key = uint();
  check_key(c, start);
  return ok() ? key : 0;
}

void Reader::skip(std::size_t depth) {
  if (depth > depth_max) return refuse(Reject::too_deep, "more than " + std::to_string(depth_max) + " levels");
  switch (peek()) {
    case Type::uint:
      uint();
      break;
    case Type::negative:
      expect(1, "an integer");
      break;
    case Type::bstr:
      bstr(SIZE_MAX);
      break;
    case Type::tstr:
      tstr(SIZE_MAX);
      break;
    case Type::array:
      for (auto c = array(SIZE_MAX); more(c);) skip(depth + 1);
      break;
    case Type::map:
      for (auto c = map(SIZE_MAX); more(c);) {
        const std::size_t start = at_;
        skip(depth + 1);
        check_key(c, start);
        skip(depth + 1);
      }
      break;
    case Type::tag:
      tag();
      skip(depth + 1);
      break;
    case Type::boolean:
      boolean();
      break;
    case Type::null:
      take_null();
      break;
    case Type::float32:
      float32();
      break;
    case Type::float64:
      float64();
      break;
    case Type::end:
      refuse(Reject::truncated, "the end of the CBOR", "an item");
      break;
    case Type::invalid:
      refuse(Reject::malformed, "a CBOR type that is not used here");
      break;
  }
}

View Reader::item() {
  const std::size_t start = at_;
  skip(0);
  return ok() ? all_.subspan(start, at_ - start) : View{};
}

Status Reader::finish() const {
  if (!ok()) return status_;
  if (at_ != all_.size())
    return fail(Reject::trailing_bytes, std::to_string(all_.size() - at_) + " bytes more", "the end");
  return {};
}

Writer& Writer::head(unsigned major, std::uint64_t v) {
  const auto initial = [&](unsigned info) { out_.push_back(static_cast<std::uint8_t>(major << 5 | info)); };
  unsigned size = 0;
  if (v < 24) {
    initial(static_cast<unsigned>(v));
  } else {
    unsigned info = 24;
    for (size = 1; size < 8 && v >> (8 * size) != 0; size *= 2) ++info;
    initial(info);
  }
  for (unsigned i = size; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
  return *this;
}

Writer& Writer::integer(std::int64_t v) {
  return v >= 0 ? head(0, static_cast<std::uint64_t>(v)) : head(1, static_cast<std::uint64_t>(-(v + 1)));
}

Writer& Writer::bstr(View v) {
  head(2, v.size());
  return raw(v);
}

Writer& Writer::tstr(std::string_view v) {
  head(3, v.size());
  return raw(view_of(v));
}

Writer& Writer::boolean(bool v) {
  out_.push_back(v ? 0xf5 : 0xf4);
  return *this;
}

Writer& Writer::null() {
  out_.push_back(0xf6);
  return *this;
}

Writer& Writer::float32(float v) {
  out_.push_back(0xfa);
  const auto bits = std::bit_cast<std::uint32_t>(v);
  for (unsigned i = 4; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  return *this;
}

Writer& Writer::float64(double v) {
  out_.push_back(0xfb);
  const auto bits = std::bit_cast<std::uint64_t>(v);
  for (unsigned i = 8; i-- > 0;) out_.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  return *this;
}

Writer& Writer::raw(View encoded) {
  out_.insert(out_.end(), encoded.begin(), encoded.end());
  return *this;
}
}  // namespace glovebox::cbor
