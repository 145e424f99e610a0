#include "protocol/body.h"

#include "base/reader.h"

namespace glovebox::protocol {
namespace {
constexpr std::string_view input_label = "glovebox input v1";

std::unexpected<Error> too_many_regions() {
  return fail(Reject::too_large, "callable regions of more than " + std::to_string(callable_records_max) + " bytes",
              "fewer bytes", "compress the BED file, or cut it to the model's regions");
}

// all_zero looks at every byte, many at a time: a quarter of an upload may be padding.
bool all_zero(View bytes) {
  std::uint8_t any = 0;
  for (const std::uint8_t byte : bytes) any |= byte;
  return any == 0;
}
}  // namespace

Digest input_digest(const Digest& data, const std::optional<Digest>& callable) {
  if (!callable) return data;
  return crypto::sha256(cbor::Writer().document(input_label, 3).bstr(*callable).bstr(data).take());
}

Status BodyWriter::record(Record type, View bytes) {
  const Bytes head =
      Writer().u8(static_cast<std::uint8_t>(type)).u32be(static_cast<std::uint32_t>(bytes.size())).take();
  GLOVEBOX_CHECK(sink_(head));
  return bytes.empty() ? Status{} : sink_(bytes);
}

Status BodyWriter::parameters(View encoded) {
  GLOVEBOX_CHECK(check_size(parameters_label, encoded.size(), parameters_size_max));
  return record(Record::parameters, encoded);
}

Status BodyWriter::policy(View signed_policy) {
  GLOVEBOX_CHECK(check_size("the release policy", signed_policy.size(), policy_records_max));
  return pieces(Record::policy, signed_policy);
}

Status BodyWriter::pieces(Record type, View bytes) {
  for (; !bytes.empty();) {
    const View piece = bytes.first(std::min(bytes.size(), record_size_max));
    GLOVEBOX_CHECK(record(type, piece));
    bytes = bytes.subspan(piece.size());
  }
  return {};
}

Status BodyWriter::callable(View bytes) {
  if (bytes.size() > callable_records_max - callable_) return too_many_regions();
  callable_ += bytes.size();
  return pieces(Record::callable, bytes);
}

Status BodyWriter::data(View bytes) {
  return pieces(Record::data, bytes);
}

Status BodyWriter::end() {
  return record(Record::end, {});
}

std::uint64_t body_size(std::size_t parameters_size, std::size_t policy_size, std::uint64_t callable_size,
                        std::uint64_t data_size) {
  const auto records = [](std::uint64_t size) {
    return size + record_head_size * ((size + record_size_max - 1) / record_size_max);
  };
  return record_head_size + parameters_size + records(policy_size) + records(callable_size) + records(data_size) +
         record_head_size;
}

BodyReader::~BodyReader() {
  erase(head_);
}

Status BodyReader::push(View piece) {
  while (!piece.empty()) {
    if (ended_) {
      if (!all_zero(piece)) return fail(Reject::malformed, "padding that is not zero", "zeros after the end record");
      return {};
    }
    if (!in_record_) {
      head_[head_size_++] = piece[0];
      piece = piece.subspan(1);
      if (head_size_ == record_head_size) GLOVEBOX_CHECK(begin_record());
      continue;
    }
    const View part = piece.first(std::min(piece.size(), left_));
    piece = piece.subspan(part.size());
    left_ -= part.size();
    if (type_ == Record::data) {
      GLOVEBOX_CHECK(handler_.data(part));
    } else if (type_ == Record::callable) {
      GLOVEBOX_CHECK(handler_.callable(part));
    } else {
      std::ranges::copy(part, held_.expose_mutable().subspan(held_size_).begin());
      held_size_ += part.size();
    }
    if (left_ == 0) GLOVEBOX_CHECK(end_record());
  }
  return {};
}

// begin_record knows type and size of the next record.
Status BodyReader::begin_record() {
  Reader in(head_);
  const std::uint8_t type = in.u8();
  left_ = in.u32be();
  head_size_ = 0;
  if (type > static_cast<std::uint8_t>(Record::callable))
    return fail(Reject::malformed, "a record of type " + std::to_string(type), "0 to 4");
  type_ = Record{type};
  if (left_ > record_size_max)
    return fail(Reject::too_large, "a record of " + std::to_string(left_) + " bytes",
                "at most " + std::to_string(record_size_max));
  if ((type_ == Record::parameters) == has_parameters_)
    return fail(Reject::malformed, has_parameters_ ? "parameters twice" : "a record before the parameters",
                "parameters once, first");
  switch (type_) {
    case Record::parameters:
      has_parameters_ = true;
      held_ = SecretBytes(left_);
      break;
    case Record::policy:
      if (has_data_ || has_callable_)
        return fail(Reject::malformed, "a policy after data or callable regions", "the policy before them");
      if (!has_policy_) held_ = SecretBytes(policy_records_max);
      has_policy_ = true;
      if (left_ > policy_records_max - held_size_)
        return fail(Reject::too_large, "a policy of more than " + std::to_string(policy_records_max) + " bytes");
      break;
    case Record::callable:
      if (has_data_) return fail(Reject::malformed, "callable regions after data", "them before it");
      if (left_ > callable_records_max - callable_) return too_many_regions();
      callable_ += left_;
      has_callable_ = true;
      GLOVEBOX_CHECK(flush_policy());
      break;
    case Record::data:
      has_data_ = true;
      GLOVEBOX_CHECK(flush_policy());
      break;
    case Record::end:
      if (left_ != 0) return fail(Reject::malformed, "an end record with bytes", "an empty one");
      GLOVEBOX_CHECK(flush_policy());
      ended_ = true;
      return {};
  }
  in_record_ = true;
  return left_ == 0 ? end_record() : Status{};
}

Status BodyReader::end_record() {
  in_record_ = false;
  if (type_ != Record::parameters) return {};
  const Status status = handler_.parameters(held_.expose());
  held_ = SecretBytes();
  held_size_ = 0;
  return status;
}

// flush_policy hands the policy on when a record of another type shows that it is whole.
Status BodyReader::flush_policy() {
  if (!has_policy_ || policy_done_) return {};
  policy_done_ = true;
  const Status status = handler_.policy(held_.expose().first(held_size_));
  held_ = SecretBytes();
  held_size_ = 0;
  return status;
}

Status BodyReader::finish() const {
  if (ended_) return {};
  return fail(Reject::truncated, "the end of the body", "an end record");
}
}  // namespace glovebox::protocol
