#include "client/cut_data.h"

#include <zlib.h>

#include <cstring>
#include <optional>

#include "genome/cut.h"

namespace glovebox::client {
namespace {
constexpr std::size_t piece_size = std::size_t{1} << 18;
constexpr int gzip_window_bits = 15 + 16;  // zlib: deflate with a gzip wrapper, whose time stays zero

class CutData final : public Data {
 public:
  CutData(std::unique_ptr<Data> whole, std::string sample)
      : whole_(std::move(whole)), sample_(std::move(sample)), piece_(piece_size) {}
  ~CutData() override { end_stream(); }
  CutData(const CutData&) = delete;
  CutData& operator=(const CutData&) = delete;

  Status rewind() override {
    GLOVEBOX_CHECK(whole_->rewind());
    end_stream();
    begun_ = false;
    ended_ = false;
    erase(ready_);
    ready_.clear();
    given_ = 0;
    return {};
  }

  Result<std::size_t> read(std::span<std::uint8_t> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      if (given_ == ready_.size()) {
        if (ended_) break;
        ready_.clear();
        given_ = 0;
        GLOVEBOX_CHECK(more());
        continue;
      }
      const std::size_t size = std::min(out.size() - done, ready_.size() - given_);
      std::memcpy(out.data() + done, ready_.data() + given_, size);
      given_ += size;
      done += size;
    }
    return done;
  }

 private:
  Status more() {
    if (!begun_) {
      begun_ = true;
      stream_ = z_stream{};
      if (::deflateInit2(&stream_, 1, Z_DEFLATED, gzip_window_bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return fail(Reject::out_of_resources, "no memory to compress with");
      open_ = true;
      cutter_.emplace(
          sample_, [this](View text) { return deflate(text, Z_NO_FLUSH); }, genome::SampleCutter::for_cohorts());
    }
    GLOVEBOX_TRY(size, whole_->read(piece_.expose_mutable()));
    if (size != 0) return cutter_->feed(piece_.expose().first(size));
    GLOVEBOX_CHECK(cutter_->finish());
    GLOVEBOX_CHECK(deflate({}, Z_FINISH));
    ended_ = true;
    return {};
  }

  Status deflate(View text, int flush) {
    stream_.next_in = const_cast<Bytef*>(text.data());  // zlib does not write through it
    stream_.avail_in = static_cast<uInt>(text.size());
    for (;;) {
      const std::size_t had = ready_.size();
      ready_.resize(had + piece_size);
      stream_.next_out = ready_.data() + had;
      stream_.avail_out = static_cast<uInt>(piece_size);
      const int code = ::deflate(&stream_, flush);
      ready_.resize(had + piece_size - stream_.avail_out);
      if (code == Z_STREAM_ERROR) return fail(Reject::internal, "zlib refused its input");
      if (code == Z_STREAM_END || (flush == Z_NO_FLUSH && stream_.avail_in == 0 && stream_.avail_out != 0)) return {};
    }
  }

  void end_stream() {
    if (open_) ::deflateEnd(&stream_);
    open_ = false;
    cutter_.reset();
  }

  std::unique_ptr<Data> whole_;
  std::string sample_;
  SecretBytes piece_;
  std::optional<genome::SampleCutter> cutter_;
  z_stream stream_{};
  bool open_ = false;
  bool begun_ = false;
  bool ended_ = false;
  Bytes ready_;
  std::size_t given_ = 0;
};
}  // namespace

std::unique_ptr<Data> cut_data(std::unique_ptr<Data> whole, std::string sample) {
  return std::make_unique<CutData>(std::move(whole), std::move(sample));
}
}  // namespace glovebox::client
