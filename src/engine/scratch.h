// Scratch is the memory one evaluation works in: one aligned piece, cut up once by what the compiled model needs, zero
// at first, so that no run reads what another left, and erased at its end, for it has held a person's features.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>

#include "base/secret.h"
#include "engine/dosage_batch.h"
#include "engine/dosage_row.h"

namespace glovebox::engine {

class Scratch {
 public:
  static constexpr std::size_t alignment = 64;  // of the piece and of each part: a line of cache

  // Cutter gives parts away in the order asked; without a piece it only counts what that would take.
  class Cutter {
   public:
    explicit Cutter(std::uint8_t* base) : base_(base) {}

    template <class T>
    void take(T*& part, std::size_t count) {
      part = base_ == nullptr ? nullptr : reinterpret_cast<T*>(base_ + used_);
      used_ += (count * sizeof(T) + alignment - 1) / alignment * alignment;
    }
    void take(BatchScratch& batch, const BatchProgram& program) {
      take(batch.planes, program.planes * plane_words);
      take(batch.masks, (program.masks + 1) * plane_words);
      take(batch.selectors, block_depth_max * plane_words);
      take(batch.values, batch_rows);
      take(batch.margins, program.intercept.size() * batch_rows);
    }
    void take(RowScratch& row, const RowProgram& program) {
      take(row.gathered, program.codes_gathered + pack_codes);
      take(row.packed, program.bytes_packed);
      take(row.results, program.packs.size() * row_lanes);
    }
    std::size_t used() const { return used_; }

   private:
    std::uint8_t* base_;
    std::size_t used_ = 0;
  };

  // cut(cutter) takes all parts; it is called twice, to count and to cut, and must ask for the same both times.
  template <class Cut>
  explicit Scratch(Cut&& cut) {
    Cutter count(nullptr);
    cut(count);
    size_ = count.used();
    base_ = static_cast<std::uint8_t*>(::operator new(size_, std::align_val_t{alignment}));
    std::fill_n(base_, size_, std::uint8_t{0});
    Cutter give(base_);
    cut(give);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    erase({base_, size_});
    ::operator delete(base_, std::align_val_t{alignment});
  }

 private:
  std::size_t size_ = 0;
  std::uint8_t* base_ = nullptr;
};

}  // namespace glovebox::engine
