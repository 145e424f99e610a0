#include "made_vcf.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstdio>

#include "base/reader.h"

namespace glovebox::load {
namespace {

constexpr std::uint64_t lengths[] = {249'250'621, 243'199'373, 198'022'430, 191'154'276, 180'915'260, 171'115'067,
                                     159'138'663, 146'364'022, 141'213'431, 135'534'747, 135'006'516, 133'851'895,
                                     115'169'878, 107'349'540, 102'531'392, 90'354'753,  81'195'210,  78'077'248,
                                     59'128'983,  63'025'520,  48'129'895,  51'304'566};
constexpr std::uint64_t genome_length = 2'881'033'286;
constexpr std::uint64_t record_size = 170;
constexpr std::size_t block_text = 65'280;  // of one BGZF block

class Text {
 public:
  explicit Text(std::uint64_t bytes) : step_(std::max<std::uint64_t>(genome_length * record_size / bytes, 2)) {
    line_ = "##fileformat=VCFv4.2\n";
    for (std::size_t i = 0; i < std::size(lengths); ++i)
      line_ += "##contig=<ID=" + std::to_string(i + 1) + ",length=" + std::to_string(lengths[i]) + ">\n";
    line_ +=
        "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n#"
        "CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tMADE\n";
  }

  std::size_t read(std::span<std::uint8_t> out) {
    std::size_t have = 0;
    while (have < out.size()) {
      if (at_ == line_.size() && !next()) break;
      const std::size_t n = std::min(out.size() - have, line_.size() - at_);
      std::copy_n(line_.begin() + static_cast<std::ptrdiff_t>(at_), n, out.begin() + static_cast<std::ptrdiff_t>(have));
      have += n;
      at_ += n;
    }
    return have;
  }

 private:
  bool next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    const auto random = static_cast<unsigned>(state_ >> 33U);
    position_ += 1 + random % (2 * step_ - 1);
    if (position_ > lengths[chromosome_]) {
      if (++chromosome_ == std::size(lengths)) {
        --chromosome_;
        return false;
      }
      position_ = 10'000 + random % step_;
    }
    char line[320];
    const unsigned depth = 20 + random % 30;
    const char* const call = (random >> 8U) % 3 == 0 ? "1/1" : "0/1";
    const int size = std::snprintf(line, sizeof line,
                                   "%zu\t%llu\t.\t%c\t%c\t%u.77\tPASS\tAC=1;AF=0.500;AN=2;DP=%u;ExcessHet=3.01;FS=%u.%"
                                   "03u;MLEAC=1;MLEAF=0.500;MQ=60.00;QD=%u.18;SOR=0.%03u\tGT:AD:DP:GQ:PL"
                                   "\t%s:%u,%u:%u:99:%u,0,%u\n",
                                   chromosome_ + 1, static_cast<unsigned long long>(position_), "ACGT"[random % 4],
                                   "ACGT"[(random % 4 + 1 + (random >> 4U) % 3) % 4], 200 + random % 900, depth,
                                   random % 9, random % 1'000, random % 30, (random >> 3U) % 1'000, call, depth / 2,
                                   depth - depth / 2, depth, random % 700, (random >> 5U) % 700);
    line_.assign(line, static_cast<std::size_t>(size));
    at_ = 0;
    return true;
  }

  std::uint64_t step_;
  std::uint64_t state_ = 20'261'122;
  std::uint64_t position_ = 10'000;
  std::size_t chromosome_ = 0;
  std::string line_;
  std::size_t at_ = 0;
};

class MadeVcf final : public client::Data {
 public:
  MadeVcf(std::uint64_t bytes, bool compressed)
      : bytes_(bytes),
        text_(bytes),
        compressed_(compressed),
        deflate_(compressed ? ::libdeflate_alloc_compressor(1) : nullptr, ::libdeflate_free_compressor) {}

  Status rewind() override {
    text_ = Text(bytes_);
    block_.clear();
    given_ = 0;
    ended_ = false;
    return {};
  }

  Result<std::size_t> read(std::span<std::uint8_t> out) override {
    if (!compressed_) return text_.read(out);
    std::size_t have = 0;
    while (have < out.size()) {
      if (given_ == block_.size() && !make_block()) break;
      const std::size_t n = std::min(out.size() - have, block_.size() - given_);
      std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(given_), n,
                  out.begin() + static_cast<std::ptrdiff_t>(have));
      have += n;
      given_ += n;
    }
    return have;
  }

 private:
  // make_block: SAM specification, 4.1; the last one is that page's end-of-file marker.
  bool make_block() {
    if (ended_) return false;
    Bytes plain(block_text);
    plain.resize(text_.read(plain));
    ended_ = plain.empty();
    given_ = 0;
    if (ended_) {
      block_ = from_hex("1f8b08040000000000ff0600424302001b0003000000000000000000").value();
      return true;
    }
    Bytes packed(1 << 16);
    packed.resize(
        ::libdeflate_deflate_compress(deflate_.get(), plain.data(), plain.size(), packed.data(), packed.size()));
    const auto little = [this](std::uint32_t value, int size) {
      for (int i = 0; i < size; ++i) block_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    };
    block_ = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C', 2, 0};
    little(static_cast<std::uint32_t>(packed.size() + 25), 2);
    block_.insert(block_.end(), packed.begin(), packed.end());
    little(::libdeflate_crc32(0, plain.data(), plain.size()), 4);
    little(static_cast<std::uint32_t>(plain.size()), 4);
    return true;
  }

  std::uint64_t bytes_;
  Text text_;
  bool compressed_;
  std::unique_ptr<::libdeflate_compressor, decltype(&::libdeflate_free_compressor)> deflate_;
  Bytes block_;
  std::size_t given_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<client::Data> made_vcf(std::uint64_t bytes, bool compressed) {
  return std::make_unique<MadeVcf>(bytes, compressed);
}

}  // namespace glovebox::load
