#include "attestation/pck_extension.h"

#include "base/reader.h"

namespace glovebox::attestation {
namespace {
constexpr std::uint8_t tag_boolean = 0x01;
constexpr std::uint8_t tag_integer = 0x02;
constexpr std::uint8_t tag_octets = 0x04;
constexpr std::uint8_t tag_object = 0x06;
constexpr std::uint8_t tag_enumerated = 0x0a;
constexpr std::uint8_t tag_sequence = 0x30;
constexpr std::uint8_t pce_svn_number = 17;
constexpr std::uint8_t cpu_svn_number = 18;
// The content of the object identifier 1.2.840.113741.1.13.1, under which all others stand.
constexpr Array<9> arc = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};

// element takes one element of this tag whole; its content.
View element(Reader& in, std::uint8_t tag) {
  if (in.u8() != tag && in.ok()) in.refuse(Reject::malformed, "another element", "tag " + std::to_string(tag));
  std::size_t size = in.u8();
  if (size == 0x81 || size == 0x82) {
    const bool two = size == 0x82;
    size = two ? in.u16be() : in.u8();
    if (size < (two ? 0x100U : 0x80U) && in.ok()) in.refuse(Reject::malformed, "a length longer than needed");
  } else if (size > 0x7f) {
    in.refuse(Reject::malformed, "a length of another form");
  }
  return in.bytes(size);
}

// member takes SEQUENCE { identifier, value } for the identifier that ends so; the value's bytes are left in the
// Reader.
Reader member(Reader& in, std::initializer_list<std::uint8_t> last) {
  Reader inside(element(in, tag_sequence));
  const View name = element(inside, tag_object);
  if (in.ok() && (!inside.ok() || name.size() != arc.size() + last.size() || !equal(name.first(arc.size()), arc) ||
                  !std::ranges::equal(name.subspan(arc.size()), last)))
    in.refuse(Reject::malformed, "another member of the SGX extension", "member " + std::to_string(*(last.end() - 1)));
  return inside;
}
void end(Reader& in, const Reader& inside) {
  if (const auto status = inside.finish(); !status && in.ok())
    in.refuse(Reject::malformed, "a member of the SGX extension: " + status.error().found, status.error().expected);
}

template <std::size_t N>
Array<N> octets(Reader& in, std::initializer_list<std::uint8_t> last) {
  Reader inside = member(in, last);
  const View value = element(inside, tag_octets);
  end(in, inside);
  Array<N> out{};
  if (value.size() == N)
    std::ranges::copy(value, out.begin());
  else
    in.refuse(Reject::malformed, std::to_string(value.size()) + " bytes in the SGX extension", std::to_string(N));
  return out;
}

// number takes a small number in its shortest form.
std::uint32_t number(Reader& in, std::initializer_list<std::uint8_t> last, std::uint8_t tag, std::uint32_t max) {
  Reader inside = member(in, last);
  const View value = element(inside, tag);
  end(in, inside);
  std::uint32_t out = 0;
  bool good = !value.empty() && value.size() <= 3 && value[0] < 0x80 &&
              (value.size() == 1 || value[0] != 0 || value[1] >= 0x80);
  for (const std::uint8_t byte : value.first(good ? value.size() : 0)) out = out << 8 | byte;
  good = good && out <= max;
  if (!good) in.refuse(Reject::malformed, "a number in the SGX extension", "0 to " + std::to_string(max));
  return good ? out : 0;
}

bool flag(Reader& in, std::uint8_t last) {
  Reader inside = member(in, {7, last});
  const View value = element(inside, tag_boolean);
  end(in, inside);
  const bool good = value.size() == 1 && (value[0] == 0 || value[0] == 0xff);
  if (!good) in.refuse(Reject::malformed, "a boolean in the SGX extension", "00 or ff");
  return good && value[0] == 0xff;
}

Bytes wrap(std::uint8_t tag, View content) {
  Writer out;
  out.u8(tag);
  if (content.size() >= 0x100)
    out.u8(0x82).u16be(static_cast<std::uint16_t>(content.size()));
  else if (content.size() >= 0x80)
    out.u8(0x81).u8(static_cast<std::uint8_t>(content.size()));
  else
    out.u8(static_cast<std::uint8_t>(content.size()));
  out.bytes(content);
  return out.take();
}
Bytes named(std::initializer_list<std::uint8_t> last, View value) {
  const Bytes name = wrap(tag_object, concat({arc, Bytes(last)}));
  return wrap(tag_sequence, concat({name, value}));
}
Bytes shortest(std::uint8_t tag, std::uint32_t value) {
  Bytes content = {0, static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};  // 16 bits at most
  while (content.size() > 1 && content[0] == 0 && content[1] < 0x80) content.erase(content.begin());
  return wrap(tag, content);
}
}  // namespace

Result<PckExtension> PckExtension::parse(View der) {
  if (der.size() > pck_extension_size_max)
    return fail(Reject::certificate_invalid, "an SGX extension of " + std::to_string(der.size()) + " bytes");
  PckExtension out;
  Reader whole(der);
  Reader in(element(whole, tag_sequence));
  out.ppid = octets<16>(in, {1});
  Reader tcb = member(in, {2});
  Reader parts(element(tcb, tag_sequence));
  end(in, tcb);
  for (std::uint8_t i = 0; i < out.components.size(); ++i)
    out.components[i] =
        static_cast<std::uint8_t>(number(parts, {2, static_cast<std::uint8_t>(i + 1)}, tag_integer, UINT8_MAX));
  out.pce_svn = static_cast<std::uint16_t>(number(parts, {2, pce_svn_number}, tag_integer, UINT16_MAX));
  out.cpu_svn = octets<16>(parts, {2, cpu_svn_number});
  end(in, parts);
  out.pce_id = octets<2>(in, {3});
  out.fmspc = octets<6>(in, {4});
  out.type = static_cast<std::uint8_t>(number(in, {5}, tag_enumerated, UINT8_MAX));
  if (in.left() != 0) {
    out.configuration = Configuration{};
    auto& configuration = *out.configuration;
    configuration.platform_instance = octets<16>(in, {6});
    Reader held = member(in, {7});
    Reader flags(element(held, tag_sequence));
    end(in, held);
    configuration.dynamic = flag(flags, 1);
    configuration.cached_keys = flag(flags, 2);
    configuration.smt = flag(flags, 3);
    end(in, flags);
  }
  for (const Reader* reader : {&whole, &in})
    if (const auto status = reader->finish(); !status)
      return fail(Reject::certificate_invalid, "SGX extension: " + status.error().found, status.error().expected);
  return out;
}

Bytes PckExtension::encode() const {
  Bytes parts;
  const auto add = [](Bytes& to, const Bytes& what) { to.insert(to.end(), what.begin(), what.end()); };
  for (std::uint8_t i = 0; i < components.size(); ++i)
    add(parts, named({2, static_cast<std::uint8_t>(i + 1)}, shortest(tag_integer, components[i])));
  add(parts, named({2, pce_svn_number}, shortest(tag_integer, pce_svn)));
  add(parts, named({2, cpu_svn_number}, wrap(tag_octets, cpu_svn)));
  Bytes out;
  add(out, named({1}, wrap(tag_octets, ppid)));
  add(out, named({2}, wrap(tag_sequence, parts)));
  add(out, named({3}, wrap(tag_octets, pce_id)));
  add(out, named({4}, wrap(tag_octets, fmspc)));
  add(out, named({5}, shortest(tag_enumerated, type)));
  if (configuration) {
    const auto boolean = [](bool value) {
      return wrap(tag_boolean, Bytes{static_cast<std::uint8_t>(value ? 0xff : 0)});
    };
    add(out, named({6}, wrap(tag_octets, configuration->platform_instance)));
    Bytes flags;
    add(flags, named({7, 1}, boolean(configuration->dynamic)));
    add(flags, named({7, 2}, boolean(configuration->cached_keys)));
    add(flags, named({7, 3}, boolean(configuration->smt)));
    add(out, named({7}, wrap(tag_sequence, flags)));
  }
  return wrap(tag_sequence, out);
}

}  // namespace glovebox::attestation
