// layers: base
// max_len: 4096
#include "base/cbor.h"
#include "property.h"

// What the strict reader takes is deterministic: writing what was read gives the same bytes, and a foreign reader,
// which takes more, takes it too and sees the same item.
using glovebox::View;
using glovebox::cbor::Form;
using glovebox::cbor::Reader;
using glovebox::cbor::Type;
using glovebox::cbor::Writer;
using glovebox::fuzz::require;

namespace {

constexpr std::size_t size_max = 1 << 16;

// copy reads one item field by field and writes it again; a map only as a whole, for its keys may be anything.
void copy(Reader& in, Writer& out, std::size_t depth) {
  if (!in.ok()) return;
  require(depth <= glovebox::cbor::depth_max + 1, "the reader bounds the depth");
  switch (in.peek()) {
    case Type::uint:
      out.uint(in.uint());
      return;
    case Type::negative:
      out.integer(in.integer());
      return;
    case Type::bstr:
      out.bstr(in.bstr(size_max));
      return;
    case Type::tstr:
      out.tstr(in.tstr(size_max));
      return;
    case Type::boolean:
      out.boolean(in.boolean());
      return;
    case Type::null:
      require(in.take_null(), "a null that was seen is taken");
      out.null();
      return;
    case Type::float32:
      out.float32(in.float32());
      return;
    case Type::float64:
      out.float64(in.float64());
      return;
    case Type::tag:
      out.tag(in.tag());
      copy(in, out, depth + 1);
      return;
    case Type::array: {
      auto elements = in.array(size_max);
      if (in.ok()) out.array(elements.left.value());
      while (in.more(elements)) copy(in, out, depth + 1);
      return;
    }
    default:
      out.raw(in.item());
      return;
  }
}

// typed reads one item as each type there is, in both forms: it takes its own type alone, and nothing beyond the end.
void typed(View input) {
  for (const Form form : {Form::strict, Form::foreign}) {
    const auto as = [&](Type type, auto read) {
      Reader in(input, form);
      const Type seen = in.peek();
      read(in);
      require(in.position() <= input.size(), "nothing is read beyond the end");
      require(!in.ok() || seen == type, "a typed read takes its own type alone");
    };
    as(Type::boolean, [](Reader& in) { in.boolean(); });
    as(Type::float32, [](Reader& in) { in.float32(); });
    as(Type::float64, [](Reader& in) { in.float64(); });
    as(Type::tag, [](Reader& in) { in.tag(); });
    as(Type::array, [](Reader& in) { in.open_array(2); });
    as(Type::array, [](Reader& in) { in.document("label", 3); });
    as(Type::array, [](Reader& in) {
      for (auto all = in.array(3); in.more(all);) in.item();
    });
    as(Type::map, [](Reader& in) {
      for (auto all = in.map(3); in.more(all);) {
        in.key_text(all, 16);
        in.item();
      }
    });
    as(Type::map, [](Reader& in) {
      for (auto all = in.map(3); in.more(all);) {
        in.key_uint(all);
        in.item();
      }
    });
  }
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const View input(data, size);
  typed(input);

  Reader strict(input);
  const View item = strict.item();
  if (!strict.ok()) {
    require(!strict.finish(), "a failure sticks");
    return 0;
  }
  require(item.size() == strict.position(), "an item is what was consumed");
  require(item.empty() || item.data() == data, "an item is borrowed from the input");

  Reader foreign(input, Form::foreign);
  require(glovebox::equal(foreign.item(), item) && foreign.ok(), "the foreign form takes what the strict form takes");

  // Every shorter prefix of one item is refused.
  for (std::size_t n = 0; n < item.size() && n < 64; ++n) {
    Reader shorter(item.first(n));
    shorter.item();
    require(!shorter.finish(), "a shorter prefix is refused");
  }

  Reader again(item);
  Writer out;
  copy(again, out, 0);
  if (again.ok()) {
    require(again.finish().has_value(), "a typed read consumes the item");
    require(glovebox::equal(out.view(), item), "writing what was read gives the same bytes");
  }
  return 0;
}
