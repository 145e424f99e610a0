#include "attestation/nsm_messages.h"

#include <algorithm>
#include <cstdlib>

#include "attestation/nitro_document.h"
#include "base/cbor.h"

namespace glovebox::attestation::nsm {
namespace {
constexpr std::size_t name_size_max = 32;
constexpr std::size_t data_size_max = request_size_max;

template <class... Fs>
struct Cases : Fs... {
  using Fs::operator()...;
};

constexpr auto failures = std::to_array<std::pair<Failure, std::string_view>>({
    {Failure::invalid_argument, "InvalidArgument"},
    {Failure::invalid_index, "InvalidIndex"},
    {Failure::invalid_response, "InvalidResponse"},
    {Failure::read_only_index, "ReadOnlyIndex"},
    {Failure::invalid_operation, "InvalidOperation"},
    {Failure::buffer_too_small, "BufferTooSmall"},
    {Failure::input_too_large, "InputTooLarge"},
    {Failure::internal_error, "InternalError"},
});

// one opens the map of one entry that a variant with fields is.
cbor::Writer& one(cbor::Writer& out, std::string_view variant, std::size_t fields) {
  return out.map(1).tstr(variant).map(fields);
}

void optional(cbor::Writer& out, std::string_view field, const std::optional<Bytes>& value) {
  out.tstr(field);
  if (value)
    out.bstr(*value);
  else
    out.null();
}

std::unexpected<Error> wrong(const Error& error) {
  return fail(Reject::protocol_error, std::string(glovebox::name(error.reason)) + ": " + error.found, error.expected);
}
std::unexpected<Error> wrong(std::string found, std::string expected = {}) {
  return fail(Reject::protocol_error, std::move(found), std::move(expected));
}

std::uint16_t u16(cbor::Reader& in) {
  return static_cast<std::uint16_t>(in.uint(0xffff));
}

std::optional<Bytes> bytes_or_null(cbor::Reader& in) {
  if (in.take_null()) return std::nullopt;
  return to_bytes(in.bstr(data_size_max));
}

// fields walks the inner map: `field(name)` reads one value, or returns false for a name it does not know. `needed` is
// how many fields there must be.
template <class Field>
void fields(cbor::Reader& in, std::size_t needed, Field&& field) {
  std::size_t count = 0;
  for (auto map = in.map(16); in.more(map); ++count) {
    const std::string_view key = in.key_text(map, name_size_max);
    if (in.ok() && !field(key)) in.refuse(Reject::malformed, "an unknown field");
  }
  if (in.ok() && count != needed)
    in.refuse(Reject::malformed, std::to_string(count) + " fields", std::to_string(needed));
}

// finish checks the end of the one message in `in`.
template <class T>
Result<T> finish(cbor::Reader& in, T value) {
  if (const auto end = in.finish(); !end) return wrong(end.error());
  return value;
}
}  // namespace

std::string_view name(Failure failure) {
  for (const auto& [value, text] : failures)
    if (value == failure) return text;
  std::abort();
}

Bytes encode(const Request& request) {
  cbor::Writer out;
  std::visit(
      Cases{[&](const DescribeNsm&) { out.tstr("DescribeNSM"); },
            [&](const DescribePcr& r) { one(out, "DescribePCR", 1).tstr("index").uint(r.index); },
            [&](const ExtendPcr& r) { one(out, "ExtendPCR", 2).tstr("index").uint(r.index).tstr("data").bstr(r.data); },
            [&](const LockPcr& r) { one(out, "LockPCR", 1).tstr("index").uint(r.index); },
            [&](const LockPcrs& r) { one(out, "LockPCRs", 1).tstr("range").uint(r.range); },
            [&](const Attestation& r) {
              one(out, "Attestation", 3);
              optional(out, "user_data", r.user_data);
              optional(out, "nonce", r.nonce);
              optional(out, "public_key", r.public_key);
            },
            [&](const GetRandom&) { out.tstr("GetRandom"); }},
      request);
  return out.take();
}

Bytes encode(const Response& response) {
  cbor::Writer out;
  std::visit(Cases{[&](const Description& r) {
                     one(out, "DescribeNSM", 7).tstr("version_major").uint(r.version_major);
                     out.tstr("version_minor").uint(r.version_minor).tstr("version_patch").uint(r.version_patch);
                     out.tstr("module_id").tstr(r.module_id).tstr("max_pcrs").uint(r.max_pcrs);
                     out.tstr("locked_pcrs").array(r.locked_pcrs.size());
                     for (const std::uint16_t index : r.locked_pcrs) out.uint(index);
                     out.tstr("digest").tstr(r.digest);
                   },
                   [&](const PcrDescription& r) {
                     one(out, "DescribePCR", 2).tstr("lock").boolean(r.lock).tstr("data").bstr(r.data);
                   },
                   [&](const Extended& r) { one(out, "ExtendPCR", 1).tstr("data").bstr(r.data); },
                   [&](const Locked&) { out.tstr("LockPCR"); }, [&](const LockedRange&) { out.tstr("LockPCRs"); },
                   [&](const Attested& r) { one(out, "Attestation", 1).tstr("document").bstr(r.document); },
                   [&](const Random& r) { one(out, "GetRandom", 1).tstr("random").bstr(r.random); },
                   [&](const Failure& r) { out.map(1).tstr("Error").tstr(name(r)); }},
             response);
  return out.take();
}

Result<Request> parse_request(View bytes) {
  if (bytes.size() > request_size_max) return wrong(std::to_string(bytes.size()) + " bytes", "at most 4096");
  cbor::Reader in(bytes, cbor::Form::foreign);
  if (in.peek() == cbor::Type::tstr) {
    const std::string_view variant = in.tstr(name_size_max);
    if (variant == "DescribeNSM") return finish(in, Request(DescribeNsm{}));
    if (variant == "GetRandom") return finish(in, Request(GetRandom{}));
    return wrong("an unknown request");
  }
  auto outer = in.map(1);
  if (!in.more(outer)) return wrong("no request");
  const std::string_view variant = in.key_text(outer, name_size_max);
  Request request;
  if (variant == "DescribePCR") {
    DescribePcr r;
    fields(in, 1, [&](std::string_view key) { return key == "index" ? (r.index = u16(in), true) : false; });
    request = r;
  } else if (variant == "ExtendPCR") {
    ExtendPcr r;
    fields(in, 2, [&](std::string_view key) {
      if (key == "index")
        r.index = u16(in);
      else if (key == "data")
        r.data = to_bytes(in.bstr(data_size_max));
      else
        return false;
      return true;
    });
    request = std::move(r);
  } else if (variant == "LockPCR") {
    LockPcr r;
    fields(in, 1, [&](std::string_view key) { return key == "index" ? (r.index = u16(in), true) : false; });
    request = r;
  } else if (variant == "LockPCRs") {
    LockPcrs r;
    fields(in, 1, [&](std::string_view key) { return key == "range" ? (r.range = u16(in), true) : false; });
    request = r;
  } else if (variant == "Attestation") {
    Attestation r;
    fields(in, 3, [&](std::string_view key) {
      if (key == "user_data")
        r.user_data = bytes_or_null(in);
      else if (key == "nonce")
        r.nonce = bytes_or_null(in);
      else if (key == "public_key")
        r.public_key = bytes_or_null(in);
      else
        return false;
      return true;
    });
    request = std::move(r);
  } else {
    in.refuse(Reject::malformed, "an unknown request");
  }
  if (in.more(outer)) in.refuse(Reject::malformed, "two requests in one");
  return finish(in, std::move(request));
}

Result<Response> parse_response(View bytes) {
  if (bytes.size() > response_size_max) return wrong(std::to_string(bytes.size()) + " bytes", "at most 12288");
  cbor::Reader in(bytes, cbor::Form::foreign);
  if (in.peek() == cbor::Type::tstr) {
    const std::string_view variant = in.tstr(name_size_max);
    if (variant == "LockPCR") return finish(in, Response(Locked{}));
    if (variant == "LockPCRs") return finish(in, Response(LockedRange{}));
    return wrong("an unknown response");
  }
  auto outer = in.map(1);
  if (!in.more(outer)) return wrong("no response");
  const std::string_view variant = in.key_text(outer, name_size_max);
  Response response;
  if (variant == "DescribeNSM") {
    Description r;
    fields(in, 7, [&](std::string_view key) {
      if (key == "version_major")
        r.version_major = u16(in);
      else if (key == "version_minor")
        r.version_minor = u16(in);
      else if (key == "version_patch")
        r.version_patch = u16(in);
      else if (key == "module_id")
        r.module_id = in.tstr(nitro_module_id_size_max);
      else if (key == "max_pcrs")
        r.max_pcrs = u16(in);
      else if (key == "digest")
        r.digest = in.tstr(16);
      else if (key == "locked_pcrs") {
        for (auto array = in.array(pcr_count); in.more(array);) r.locked_pcrs.push_back(u16(in));
      } else
        return false;
      return true;
    });
    response = std::move(r);
  } else if (variant == "DescribePCR") {
    PcrDescription r;
    fields(in, 2, [&](std::string_view key) {
      if (key == "lock")
        r.lock = in.boolean();
      else if (key == "data")
        r.data = to_bytes(in.bstr(64));
      else
        return false;
      return true;
    });
    response = std::move(r);
  } else if (variant == "ExtendPCR") {
    Extended r;
    fields(in, 1, [&](std::string_view key) { return key == "data" ? (r.data = to_bytes(in.bstr(64)), true) : false; });
    response = std::move(r);
  } else if (variant == "Attestation") {
    Attested r;
    fields(in, 1, [&](std::string_view key) {
      return key == "document" ? (r.document = to_bytes(in.bstr(response_size_max)), true) : false;
    });
    response = std::move(r);
  } else if (variant == "GetRandom") {
    Random r;
    fields(in, 1, [&](std::string_view key) {
      return key == "random" ? (r.random = to_bytes(in.bstr(random_size_max)), true) : false;
    });
    response = std::move(r);
  } else if (variant == "Error") {
    const std::string_view text = in.tstr(name_size_max);
    const auto* it = std::ranges::find(failures, text, &std::pair<Failure, std::string_view>::second);
    if (it == failures.end())
      in.refuse(Reject::malformed, "an unknown error");
    else
      response = it->first;
  } else {
    in.refuse(Reject::malformed, "an unknown response");
  }
  if (in.more(outer)) in.refuse(Reject::malformed, "two responses in one");
  return finish(in, std::move(response));
}

}  // namespace glovebox::attestation::nsm
