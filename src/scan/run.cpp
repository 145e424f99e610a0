#include "scan/run.h"

#include <cstring>

namespace glovebox::scan {
namespace {
constexpr std::size_t inflater_bytes_max = std::size_t{64} << 10;  // libdeflate's decompressor: some 12 KiB
}

static_assert(2 * Run::blocks_max * genome::bgzf_block_max + 2 * padding + Run::stops_max * sizeof(Run::Stopped) +
                  sizeof(Run) + sizeof(RowState) + inflater_bytes_max <=
              Run::bytes_max);

Run::Run(RowFilter filter)
    : filter_(std::move(filter)),
      packed_(blocks_max * genome::bgzf_block_max),
      text_(padding + blocks_max * genome::bgzf_block_max + padding),
      stops_(stops_max) {}

void Run::clear() {
  blocks_size_ = packed_size_ = 0;
}

void Run::add(View block, std::size_t text_size) {
  std::ranges::copy(block, packed_.expose_mutable().begin() + static_cast<std::ptrdiff_t>(packed_size_));
  blocks_[blocks_size_++] = {packed_size_, block.size(), text_size};
  packed_size_ += block.size();
}

void Run::work() {
  text_size_ = head_ = tail_ = inflated_ = stops_size_ = 0;
  passed_ = position_ = 0;
  bool in_rows = false;
  bool room = true;
  for (; inflated_ < blocks_size_; ++inflated_) {
    const std::size_t size = blocks_[inflated_].text;
    if (!inflater_.inflate(block(inflated_), text_.expose_mutable().subspan(padding + text_size_, size))) break;
    const View added = text_.expose().subspan(padding + text_size_, size);
    text_size_ += size;
    if (!in_rows) {
      const void* newline = added.empty() ? nullptr : std::memchr(added.data(), '\n', added.size());
      if (newline == nullptr) {
        head_ = tail_ = text_size_;
        continue;
      }
      in_rows = true;
      head_ = static_cast<std::size_t>(static_cast<const std::uint8_t*>(newline) - text().data()) + 1;
      filter_.forget_contig();
      filter_.begin();
    }
    room = room && rows();
  }
  if (in_rows) tail_ = head_ + filter_.at();
}

// rows goes over what rows there are; false if there is no room for a stop more.
bool Run::rows() {
  const View text = this->text().subspan(head_);
  for (;;) {
    if (stops_size_ == stops_max) return false;
    const RowFilter::Found found = filter_.next(text);
    passed_ += found.passed;
    if (found.passed > 0) position_ = found.position;
    if (found.stop == Stop::none) return true;
    const auto begin = static_cast<std::size_t>(view_of(found.row).data() - this->text().data());
    stops_[stops_size_++] = {.begin = static_cast<std::uint32_t>(begin),
                             .size = static_cast<std::uint32_t>(found.row.size()),
                             .passed = passed_,
                             .position = position_,
                             .stop = found.stop,
                             .snv = found.snv};
    passed_ = 0;
    if (found.stop == Stop::odd) filter_.learn(found.row);
  }
}

}  // namespace glovebox::scan
