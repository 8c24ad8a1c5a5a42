#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "nasnet/fused/pass_context.h"
#include "nasnet/kernels/ahead.h"

// Prefetches, while a training step multiplies, the memory that it would wait for: see
// kernels/ahead.h.

namespace nasnet::fused {

/// Memory that a work wants of an image: the lines of image 0; those of image n lie n * `pitch`
/// bytes behind them.
struct Wanted {
  kernels::Ahead::Lines lines;
  int64_t pitch;
};

/// Adds the lines of a view of that shape.
template <class T>
void want(const View<T>& view, const graph::Shape& shape, std::vector<Wanted>& wanted) {
  constexpr auto kValue = static_cast<int64_t>(sizeof(T));
  constexpr int64_t kLine = kernels::Ahead::kLine;
  const auto* first = reinterpret_cast<const char*>(view.first);
  const int64_t pitch = view.pitch * kValue;
  if (view.stride == shape.channels) {
    wanted.push_back({{first, kLine, shape.elements() * kValue / kLine}, pitch});
    return;
  }
  const int64_t pixels = int64_t{shape.height} * shape.width;
  for (int64_t byte = 0; byte < shape.channels * kValue; byte += kLine)
    wanted.push_back({{first + byte, view.stride * kValue, pixels}, pitch});
}

/// The works of a stage with the memory that each reads and writes and that no earlier work of the
/// stage has brought into the caches.
class LookAhead {
 public:
  struct OneWork {
    bool multiplies;  ///< a convolution, forward or backward: there is time to prefetch for others
    std::vector<Wanted> wanted;
  };

  void add(OneWork work) { works_.push_back(std::move(work)); }

  /// Queues for prefetching, before the work begins on image n, the memory of the works after it as
  /// far as the next one that multiplies. `last`: the image after the thread's last one.
  void queue(size_t work, int64_t n, int64_t last, kernels::Ahead& ahead) const;

 private:
  std::vector<OneWork> works_;
};

}  // namespace nasnet::fused
