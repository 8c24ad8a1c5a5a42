#pragma once

// Software prefetching. The processor's own prefetchers follow streams that a kernel reads; they do
// not know which memory the next kernel wants, which is what these queues say (docs/kernels.md,
// "Memory is prefetched").

#include <algorithm>
#include <cstdint>
#include <vector>

namespace nasnet::kernels {

/// A queue of memory to prefetch. Kernels that multiply prefetch a few lines of it now and then, so
/// that they arrive during other work; prefetching many at once stalls the loads that follow.
class Ahead {
 public:
  static constexpr int64_t kLine = 64;  // bytes

  /// `count` lines, `step` bytes from one to the next.
  struct Lines {
    const char* first = nullptr;
    int64_t step = 0, count = 0;

    void prefetch() {
      if (count <= 0) return;
#if defined(__GNUC__)
      __builtin_prefetch(first);
#endif
      first += step;
      --count;
    }
    void prefetch(int lines) {
      if (count <= 0) return;  // the usual case: the queue is empty
      for (int k = 0; k < lines; ++k) prefetch();
    }
  };

  void clear() {
    lines_.clear();
    next_ = 0;
  }
  void add(const Lines& lines) {
    lines_.push_back(lines);
  }

  /// Takes the next lines off the queue, at most so many.
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
inline void prefetch(Ahead* ahead) {
  constexpr int kByTile = 8;
  take_lines(ahead, kByTile).prefetch(kByTile);
}

/// Prefetches a line that will be written: a store that misses the near caches holds up those
/// behind it, unless the line is on its way while the sums are computed.
inline void prefetch_for_store(const void* place) {
#if defined(__GNUC__)
  __builtin_prefetch(place, 1);
#endif
}

}  // namespace nasnet::kernels
