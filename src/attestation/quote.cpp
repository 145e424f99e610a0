#include "attestation/quote.h"

namespace glovebox::attestation {
namespace {
constexpr std::uint16_t ecdsa_p256 = 2;
constexpr std::uint32_t tee_sgx = 0;
constexpr std::uint32_t tee_tdx = 0x81;
constexpr std::uint16_t version_min = 3;
constexpr std::uint16_t version_max = 5;
constexpr std::uint16_t body_sgx = 1;
constexpr std::uint16_t body_td_10 = 2;
constexpr std::uint16_t body_td_15 = 3;
constexpr std::uint16_t certification_of_report = 6;  // versions 4 and 5: around the quoting enclave's report
constexpr Array<16> intel = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                             0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

Writer& u16(Writer& out, std::uint16_t value) {
  return out.u8(static_cast<std::uint8_t>(value & 0xff)).u8(static_cast<std::uint8_t>(value >> 8));
}
std::uint32_t size32(const Bytes& bytes) {
  return static_cast<std::uint32_t>(bytes.size());
}

std::unexpected<Error> malformed(std::string found, std::string expected = {}) {
  return fail(Reject::evidence_malformed, std::move(found), std::move(expected));
}

// shape: which body a quote's version and kind have.
struct Shape {
  bool td = false;
  bool later = false;
  std::size_t size() const { return !td ? enclave_report_size : later ? td_report_15_size : td_report_size; }
};

// read_header takes all before the body, and says which body follows.
Shape read_header(Reader& in, Quote& out) {
  out.version = in.u16le();
  if (in.ok() && (out.version < version_min || out.version > version_max))
    in.refuse(Reject::malformed, "a quote of version " + std::to_string(out.version), "3, 4 or 5");
  const std::uint16_t algorithm = in.u16le();
  if (in.ok() && algorithm != ecdsa_p256)
    in.refuse(Reject::algorithm_unsupported, "attestation key of type " + std::to_string(algorithm),
              "2 (ECDSA on P-256 with SHA-256)");
  const std::uint32_t tee = in.u32le();
  if (in.ok() && ((tee != tee_sgx && tee != tee_tdx) || (tee == tee_tdx && out.version == version_min)))
    in.refuse(Reject::malformed, "a quote of TEE type " + std::to_string(tee), "0 (SGX), or 129 (TDX) from version 4");
  out.qe_svn = in.u16le();
  out.pce_svn = in.u16le();
  if (in.ok() && out.version > version_min && (out.qe_svn | out.pce_svn) != 0)
    in.refuse(Reject::malformed, "reserved bytes of the header that are not zero", "zeros from version 4 on");
  if (in.array<16>() != intel && in.ok())
    in.refuse(Reject::malformed, "a quoting enclave of another vendor", "Intel's");
  out.user_data = in.array<20>();
  Shape shape{.td = tee == tee_tdx};
  if (out.version < version_max) return shape;
  const std::uint16_t type = in.u16le();
  const std::uint32_t size = in.u32le();
  shape.later = type == body_td_15;
  const bool fits = shape.td ? type == body_td_10 || type == body_td_15 : type == body_sgx;
  if (in.ok() && (!fits || size != shape.size()))
    in.refuse(Reject::malformed, "a body of type " + std::to_string(type) + " and " + std::to_string(size) + " bytes",
              shape.td ? "2 (TDX 1.0, 584 bytes) or 3 (TDX 1.5, 648 bytes)" : "1 (SGX, 384 bytes)");
  return shape;
}

// read_certification takes what stands behind the attestation key, in version 4 and 5 inside one more frame.
void read_certification(Reader& in, Quote& out) {
  out.quoting = EnclaveReport::read(in);
  out.quoting_signature = in.array<64>();
  const std::size_t auth = in.u16le();
  if (auth > quote_auth_data_max) in.refuse(Reject::malformed, std::to_string(auth) + " bytes of data", "at most 1024");
  out.auth_data = to_bytes(in.bytes(auth));
  const std::uint16_t type = in.u16le();
  if (in.ok() && (type < 1 || type > 5))
    in.refuse(Reject::malformed, "certification data of type " + std::to_string(type), "1 to 5");
  out.certification = static_cast<Certification>(type);
  const std::size_t size = in.u32le();
  out.certification_data = to_bytes(in.bytes(size));
}

// All frames inside the signature data must end where it ends. What is too short there is not cut short, it is wrong.
Status read_signature_data(View bytes, Quote& out) {
  Reader in(bytes);
  out.signature = in.array<64>();
  out.key = in.array<64>();
  if (out.version == version_min) {
    read_certification(in, out);
  } else {
    const std::uint16_t type = in.u16le();
    if (in.ok() && type != certification_of_report)
      in.refuse(Reject::malformed, "certification data of type " + std::to_string(type),
                "6 (a quoting enclave's report)");
    const std::size_t size = in.u32le();
    Reader inner(in.bytes(size));
    GLOVEBOX_CHECK(in.finish());
    read_certification(inner, out);
    return inner.finish();
  }
  return in.finish();
}
}  // namespace

std::size_t Quote::signed_size() const {
  const auto* const td = std::get_if<TdReport>(&body);
  const Shape shape{.td = td != nullptr, .later = td != nullptr && td->later};
  return quote_header_size + (version == version_max ? 6 : 0) + shape.size();
}

Result<Quote> Quote::parse(View quote) {
  if (quote.size() > quote_size_max) return malformed(std::to_string(quote.size()) + " bytes", "at most 24576");
  const auto as_evidence = [](const Error& error) -> std::unexpected<Error> {
    if (error.reason == Reject::algorithm_unsupported) return std::unexpected(error);
    return malformed(std::string(glovebox::name(error.reason)) + ": " + error.found, error.expected);
  };
  Reader in(quote);
  Quote out;
  const Shape shape = read_header(in, out);
  Reader body(in.bytes(in.ok() ? shape.size() : 0));
  const std::size_t size = in.u32le();
  const View data = in.bytes(size);
  if (!in.ok()) {
    const Error error = in.status().error();
    if (error.reason != Reject::truncated) return as_evidence(error);
    if (size > quote_size_max) return malformed("signature data of " + std::to_string(size) + " bytes", "fewer");
    return fail(Reject::truncated, std::to_string(quote.size()) + " bytes of a quote", "the whole of it");
  }
  if (shape.td)
    out.body = TdReport::read(body, shape.later);
  else
    out.body = EnclaveReport::read(body);
  if (const auto end = body.finish(); !end) return as_evidence(end.error());
  if (const auto end = read_signature_data(data, out); !end) return as_evidence(end.error());
  out.padding = in.left();
  in.zeros(out.padding);
  if (!in.ok()) return malformed("bytes after the quote", "zeros, if any");
  return out;
}

Bytes Quote::encode() const {
  const auto* const td = std::get_if<TdReport>(&body);
  Writer out;
  u16(u16(out, version), ecdsa_p256).u32le(td != nullptr ? tee_tdx : tee_sgx);
  u16(u16(out, qe_svn), pce_svn).bytes(intel).bytes(user_data);
  if (version == version_max) {
    u16(out, td == nullptr ? body_sgx : td->later ? body_td_15 : body_td_10);
    out.u32le(static_cast<std::uint32_t>(signed_size() - quote_header_size - 6));
  }
  std::visit([&](const auto& report) { report.write(out); }, body);
  Writer inner;
  quoting.write(inner);
  inner.bytes(quoting_signature);
  u16(inner, static_cast<std::uint16_t>(auth_data.size())).bytes(auth_data);
  u16(inner, static_cast<std::uint16_t>(certification)).u32le(size32(certification_data)).bytes(certification_data);
  const Bytes certified = inner.take();
  const bool framed = version > version_min;
  out.u32le(static_cast<std::uint32_t>(128 + (framed ? 6 : 0) + certified.size())).bytes(signature).bytes(key);
  if (framed) u16(out, certification_of_report).u32le(size32(certified));
  out.bytes(certified).zeros(padding);
  return out.take();
}

}  // namespace glovebox::attestation
