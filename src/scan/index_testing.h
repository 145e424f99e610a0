// index_testing.h: .tbi and .csi of made files, written by the specifications, for tests and for fuzzing.
#pragma once
#include <charconv>
#include <cstdlib>
#include <map>

#include "base/reader.h"
#include "genome/inflate.h"

namespace glovebox::scan::test {

enum class Form { tbi, csi };

// IndexWriter makes an index of a sorted BGZF VCF, as `tabix -p vcf` does.
class IndexWriter {
 public:
  IndexWriter(Form form, std::uint32_t shift, std::uint32_t depth) : form_(form), shift_(shift), depth_(depth) {}

  // text is the index before it is compressed. The file's rows are well formed and in order.
  Bytes text(View file) {
    places(file);
    rows();
    return written();
  }

 private:
  struct Bin {
    std::vector<std::pair<std::uint64_t, std::uint64_t>> chunks;
    std::uint64_t least = ~std::uint64_t{0};
  };
  struct Contig {
    std::string name;
    std::map<std::uint32_t, Bin> bins;
    std::vector<std::uint64_t> windows;
  };

  // places inflates the file and notes where each block's text begins.
  void places(View file) {
    genome::Inflater inflater([this](View piece) -> Status {
      text_ += text_of(piece);
      return {};
    });
    if (!inflater.feed(file) || !inflater.finish()) std::abort();
    std::uint64_t at = 0;
    for (std::uint64_t offset = 0; offset < file.size();) {
      const std::uint64_t size = file[offset + 16] + file[offset + 17] * 256U + 1;
      blocks_.emplace_back(at, offset);
      at += Reader(file.subspan(offset + size - 4, 4)).u32le();
      offset += size;
    }
  }
  std::uint64_t place(std::uint64_t at) const {
    auto block = std::ranges::upper_bound(blocks_, at, {}, [](const auto& b) { return b.first; });
    --block;
    return block->second << 16 | (at - block->first);
  }
  std::uint32_t bins_before(std::uint32_t level) const { return ((1U << 3 * level) - 1) / 7; }
  std::uint32_t bin_of(std::uint64_t begin, std::uint64_t last) const {
    for (std::uint32_t level = depth_;; --level) {
      const std::uint32_t shift = shift_ + 3 * (depth_ - level);
      if (begin >> shift == last >> shift) return bins_before(level) + static_cast<std::uint32_t>(begin >> shift);
    }
  }

  void rows() {
    std::optional<std::uint32_t> open;
    for (std::uint64_t at = 0; at < text_.size();) {
      const std::uint64_t next = std::min(text_.find('\n', at), text_.size() - 1) + 1;  // the last may have none
      const std::string_view line = std::string_view(text_).substr(at, next - at);
      if (!line.starts_with('#')) {
        std::vector<std::string_view> f;
        for (std::size_t i = 0; f.size() < 8;) {
          const auto tab = line.find('\t', i);
          f.push_back(line.substr(i, tab - i));
          i = tab + 1;
        }
        std::uint64_t begin = std::stoull(std::string(f[1]));
        if (begin > 0) --begin;
        std::uint64_t end = std::stoull(std::string(f[1])) - 1 + f[3].size();
        if (const auto key = (";" + std::string(f[7])).find(";END="); key != std::string::npos) {
          std::uint64_t value = 0;
          std::from_chars(f[7].data() + key + 4, f[7].data() + f[7].size(), value);
          if (value > begin) end = value;
        }
        if (contigs_.empty() || contigs_.back().name != f[0]) {
          contigs_.push_back({.name = std::string(f[0]), .bins = {}, .windows = {}});
          open.reset();
        }
        Contig& contig = contigs_.back();
        const std::uint32_t number = bin_of(begin, end - 1);
        auto& chunks = contig.bins[number].chunks;
        if (open == number)
          chunks.back().second = place(next);
        else
          chunks.emplace_back(place(at), place(next));
        open = number;
        if (contig.windows.size() <= (end - 1) >> 14) contig.windows.resize(((end - 1) >> 14) + 1);
        for (std::uint64_t w = begin >> 14; w <= (end - 1) >> 14; ++w)
          if (contig.windows[w] == 0) contig.windows[w] = place(at);
        for (std::uint32_t level = 0; level <= depth_; ++level) {
          const std::uint32_t shift = shift_ + 3 * (depth_ - level);
          for (std::uint64_t b = begin >> shift; b <= (end - 1) >> shift; ++b) {
            auto& least = least_[contigs_.size()][bins_before(level) + static_cast<std::uint32_t>(b)];
            if (least == 0) least = place(at);
          }
        }
      }
      at = next;
    }
  }

  Bytes written() {
    std::string names;
    for (const Contig& contig : contigs_) names += contig.name + std::string(1, '\0');
    Writer about;
    about.u32le(2).u32le(1).u32le(2).u32le(0).u32le('#').u32le(0);
    about.u32le(static_cast<std::uint32_t>(names.size())).bytes(view_of(names));
    Writer out;
    if (form_ == Form::tbi) {
      out.bytes(view_of(std::string_view("TBI\1", 4))).u32le(static_cast<std::uint32_t>(contigs_.size()));
      out.bytes(about.view());
    } else {
      out.bytes(view_of(std::string_view("CSI\1", 4))).u32le(shift_).u32le(depth_);
      out.u32le(static_cast<std::uint32_t>(about.view().size())).bytes(about.view());
      out.u32le(static_cast<std::uint32_t>(contigs_.size()));
    }
    for (std::size_t i = 0; i < contigs_.size(); ++i) {
      const Contig& contig = contigs_[i];
      out.u32le(static_cast<std::uint32_t>(contig.bins.size() + 1));
      for (const auto& [number, bin] : contig.bins) {
        out.u32le(number);
        if (form_ == Form::csi) out.u64le(least_[i + 1][number]);
        out.u32le(static_cast<std::uint32_t>(bin.chunks.size()));
        for (const auto& [begin, end] : bin.chunks) out.u64le(begin).u64le(end);
      }
      out.u32le(bins_before(depth_ + 1) + 1);  // figures
      if (form_ == Form::csi) out.u64le(0);
      out.u32le(2).u64le(1).u64le(2).u64le(3).u64le(0);
      if (form_ == Form::csi) continue;
      out.u32le(static_cast<std::uint32_t>(contig.windows.size()));
      for (const std::uint64_t window : contig.windows) out.u64le(window);
    }
    return out.u64le(0).take();
  }

  Form form_;
  std::uint32_t shift_, depth_;
  std::string text_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks_;  // where the text begins, where the block does
  std::vector<Contig> contigs_;
  std::map<std::size_t, std::map<std::uint32_t, std::uint64_t>> least_;
};

}  // namespace glovebox::scan::test
