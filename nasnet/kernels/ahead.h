#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace nasnet::kernels {

/// Memory that will be read soon. Kernels that multiply ask for some lines of it now and then, so
/// that they arrive during other work; of many that are asked for at once most are waited for.
class Ahead {
 public:
  static constexpr int64_t kLine = 64;  // bytes

  /// `count` lines, `step` bytes from one to the next.
  struct Lines {
    const char* first = nullptr;
    int64_t step = 0, count = 0;

    void ask() {
      if (count <= 0) return;
#if defined(__GNUC__)
      __builtin_prefetch(first);
#endif
      first += step;
      --count;
    }
    void ask(int lines) {
      if (count <= 0) return;  // as always where nothing is asked for
      for (int k = 0; k < lines; ++k) ask();
    }
  };

  void clear() {
    lines_.clear();
    next_ = 0;
  }
  void add(const Lines& lines) {
    lines_.push_back(lines);
  }

  /// The next lines, at most so many; they count as asked for.
  Lines take(int64_t most) {
    if (next_ == lines_.size()) return {};
    Lines& left = lines_[next_];
    Lines taken = left;
    taken.count = std::min(most, left.count);
    left.first += taken.count * left.step;
    left.count -= taken.count;
    if (left.count == 0) ++next_;
    return taken;
  }

 private:
  std::vector<Lines> lines_;
  size_t next_ = 0;
};

/// The next lines of `ahead`, none where it is null.
inline Ahead::Lines take_lines(Ahead* ahead, int64_t most) {
  return ahead == nullptr ? Ahead::Lines{} : ahead->take(most);
}

/// Prefetches up to 8 lines before a tile of sums: as many as come from memory in its time.
inline void ask(Ahead* ahead) {
  constexpr int kAskedByTile = 8;
  take_lines(ahead, kAskedByTile).ask(kAskedByTile);
}

/// Asks for a line that will be written: a store that misses the near caches holds up those behind
/// it, unless the line is on its way while the sums are made.
inline void expect_store(const void* place) {
#if defined(__GNUC__)
  __builtin_prefetch(place, 1);
#endif
}

}  // namespace nasnet::kernels
