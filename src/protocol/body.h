// body.h: the plaintext of a request's envelope: records of parameters, policy, callable regions and data, an end,
// zeros.
#pragma once
#include <functional>

#include "protocol/parameters.h"

namespace glovebox::protocol {

constexpr std::size_t record_size_max = 65536;
constexpr std::size_t record_head_size = 5;
constexpr std::size_t policy_records_max = std::size_t{1} << 18;  // bytes of policy, all pieces together

constexpr std::uint64_t callable_records_max = std::uint64_t{1} << 28;  // bytes of callable regions, as sent

enum class Record : std::uint8_t { end = 0, parameters = 1, policy = 2, data = 3, callable = 4 };

// input_digest is what a receipt's input commitment is over: H of the data bytes, or of both where callable regions
// came with them, since a score rests on both.
Digest input_digest(const Digest& data, const std::optional<Digest>& callable);

using BodySink = std::function<Status(View)>;

// BodyWriter writes records to a sink, which is a Sealer's push. Order: parameters, policy (if any), callable
// regions (if any), data, end.
class BodyWriter {
 public:
  explicit BodyWriter(BodySink sink) : sink_(std::move(sink)) {}
  Status parameters(View encoded);    // too_large
  Status policy(View signed_policy);  // too_large
  Status callable(View piece);        // of any size; too_large beyond callable_records_max
  Status data(View piece);            // of any size
  Status end();

 private:
  Status record(Record type, View bytes);
  Status pieces(Record type, View bytes);
  BodySink sink_;
  std::uint64_t callable_ = 0;
};

// body_size is the size of the body, before padding, whose callable regions and data come in pieces of record_size_max
// (the last may be shorter).
std::uint64_t body_size(std::size_t parameters_size, std::size_t policy_size, std::uint64_t callable_size,
                        std::uint64_t data_size);

// BodyHandler receives what was read. Views are valid during the call.
class BodyHandler {
 public:
  virtual ~BodyHandler() = default;
  virtual Status parameters(View encoded) = 0;    // once, first
  virtual Status policy(View signed_policy) = 0;  // whole, at most once, before any data
  virtual Status callable(View piece) = 0;        // any number of pieces, not the writer's, before any data
  virtual Status data(View piece) = 0;            // any number of pieces, not the writer's
};

// BodyReader reads records from pieces of any size. A view of callable regions or data borrows the piece that was
// pushed.
class BodyReader {
 public:
  explicit BodyReader(BodyHandler& handler) : handler_(handler) {}
  ~BodyReader();  // erases what it held
  BodyReader(const BodyReader&) = delete;
  BodyReader& operator=(const BodyReader&) = delete;

  // push: malformed (unknown or misplaced record, padding that is not zero), too_large, or the handler's failure.
  Status push(View piece);
  // finish: truncated if there was no end record.
  Status finish() const;
  bool ended() const { return ended_; }

 private:
  Status begin_record();
  Status end_record();
  Status flush_policy();

  BodyHandler& handler_;
  Array<record_head_size> head_{};
  std::size_t head_size_ = 0;
  Record type_ = Record::end;
  std::size_t left_ = 0;  // of the record's bytes
  bool in_record_ = false;
  bool has_parameters_ = false;
  bool has_policy_ = false;
  bool has_callable_ = false;
  bool has_data_ = false;
  std::uint64_t callable_ = 0;  // bytes of callable regions so far
  bool policy_done_ = false;
  bool ended_ = false;
  SecretBytes held_;  // parameters or policy, until they are whole
  std::size_t held_size_ = 0;
};

}  // namespace glovebox::protocol
