// cbor.h: a small bounded reader and a deterministic writer of CBOR (RFC 8949). Our own documents are read in `strict`
// form: definite lengths, shortest integers, map keys ascending (section 4.2.1), nothing after the end. Foreign
// evidence is read in `foreign` form, which also takes maps and arrays of indefinite length in any key order (hardware
// writes them); duplicate keys, longer-than-needed integers and indefinite strings are refused in both.
//
// Our documents are arrays whose first element is a text that names kind and version ("glovebox request v1"): a reader
// reads as the list of its fields, and no two kinds of document can be taken for each other.
#pragma once
#include <optional>
#include <set>

#include "base/bytes.h"

namespace glovebox::cbor {

constexpr std::size_t depth_max = 16;  // nesting of arrays and maps, tags included

enum class Form { strict, foreign };
enum class Type { uint, negative, bstr, tstr, array, map, tag, boolean, null, float32, float64, end, invalid };

// Reader pulls items from untrusted bytes. The first failure sticks (as in glovebox::Reader); after it every read
// returns an empty value and `finish` reports it.
class Reader {
 public:
  explicit Reader(View bytes, Form form = Form::strict) : all_(bytes), form_(form) {}

  Type peek() const;  // `end` at the end of the input or of an indefinite container
  std::uint64_t uint(std::uint64_t max = UINT64_MAX);
  std::int64_t integer();  // uint or negative, within int64
  View bstr(std::size_t max);
  std::string_view tstr(std::size_t max);  // valid UTF-8
  bool boolean();
  float float32();
  double float64();
  std::uint64_t tag();
  bool take_null();  // consumes a null and returns true, else consumes nothing
  template <std::size_t N>
  Array<N> bytes_of() {
    const View v = bstr(N);
    Array<N> out{};
    if (ok() && v.size() != N) refuse(Reject::malformed, std::to_string(v.size()) + " bytes", std::to_string(N));
    if (ok()) std::ranges::copy(v, out.begin());
    return out;
  }

  // open_array(n) requires an array of exactly n elements, whose elements follow. For our own documents,
  // document(label, n) also reads and requires the label as its first element; n counts the label.
  void open_array(std::size_t n);
  void document(std::string_view label, std::size_t n);

  // Container walks an array or map of unknown or indefinite length:
  //   for (auto c = in.array(max); in.more(c);) ...
  // In a map, each turn reads one key and one value; `key_text` / `key_uint` refuse duplicates, and in strict form
  // keys out of order.
  struct Container {
    std::optional<std::size_t> left;  // nothing: indefinite
    std::size_t max = 0;
    std::size_t seen = 0;
    bool map = false;
    std::set<std::string, std::less<>> keys = {};  // encoded keys seen
    std::string last_key = {};
  };
  Container array(std::size_t max);
  Container map(std::size_t max);
  bool more(Container& container);
  std::string_view key_text(Container& container, std::size_t max);
  std::uint64_t key_uint(Container& container);

  // item skips one whole item and returns its bytes as received.
  View item();

  bool ok() const { return status_.has_value(); }
  void refuse(Reject reason, std::string found = {}, std::string expected = {});
  Status status() const { return status_; }
  Status finish() const;  // the first failure, or trailing_bytes
  std::size_t position() const { return at_; }
  View rest() const { return all_.subspan(at_); }

 private:
  struct Head {
    unsigned major;
    std::uint64_t value;
    unsigned info;
  };
  std::optional<Head> head();
  Head expect(unsigned major, std::string_view what);
  void check_key(Container& container, std::size_t start);
  void skip(std::size_t depth);

  View all_;
  std::size_t at_ = 0;
  Form form_;
  Status status_;
};

// Writer appends items in their deterministic form. Maps: the caller writes keys in ascending bytewise order of their
// encoding; the strict Reader, through which our tests pass every document, refuses any other.
class Writer {
 public:
  Writer& uint(std::uint64_t v) { return head(0, v); }
  Writer& integer(std::int64_t v);
  Writer& bstr(View v);
  Writer& tstr(std::string_view v);
  Writer& array(std::size_t count) { return head(4, count); }
  Writer& map(std::size_t count) { return head(5, count); }
  Writer& tag(std::uint64_t v) { return head(6, v); }
  Writer& boolean(bool v);
  Writer& null();
  Writer& float32(float v);
  Writer& float64(double v);
  Writer& raw(View encoded);  // an item that is encoded already
  // document opens an array of n elements with the label as its first.
  Writer& document(std::string_view label, std::size_t n) { return array(n).tstr(label); }
  View view() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  Writer& head(unsigned major, std::uint64_t v);
  Bytes out_;
};

}  // namespace glovebox::cbor
