#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "nasnet/fused/pass_context.h"
#include "nasnet/kernels/ahead.h"

// Prefetches, while a training step multiplies, the memory that it would wait for: see
// kernels/ahead.h.

namespace nasnet::fused {

/// Memory that a work reads of an image: the lines of the first image, `pitch` bytes from one
/// image's to the next one's.
struct Wanted {
  kernels::Ahead::Lines lines;
  int64_t pitch;
};

/// Adds the lines of a view of that shape.
template <class T>
void want(const View<T>& view, const graph::Shape& shape, std::vector<Wanted>& wanted) {
  constexpr auto kValue = static_cast<int64_t>(sizeof(T));
  constexpr int64_t kLine = kernels::Ahead::kLine;
  const auto* first = reinterpret_cast<const char*>(view.at(0));
  const int64_t pitch = view.pitch * kValue;
  if (view.stride == shape.channels) {
    wanted.push_back({{first, kLine, shape.elements() * kValue / kLine}, pitch});
    return;
  }
  const int64_t pixels = int64_t{shape.height} * shape.width;
  for (int64_t byte = 0; byte < shape.channels * kValue; byte += kLine)
    wanted.push_back({{first + byte, view.stride * kValue, pixels}, pitch});
}

/// The works of a stage, with the memory that lies far off when they begin and where they write
/// gradients; results of works of the same stage are near.
class LookAhead {
 public:
  /// The next work. `multiplies`: does it take the time, as a convolution does one way or the
  /// other?
  void add(bool multiplies, std::vector<Wanted> wanted) {
    works_.push_back({multiplies, std::move(wanted)});
  }

  /// While the work multiplies for image n, those after it are asked for, as far as the next one
  /// that multiplies. `last`: the image after the thread's last one.
  void ask(size_t work, int64_t n, int64_t last, kernels::Ahead& ahead) const;

 private:
  struct Works {
    bool multiplies;
    std::vector<Wanted> wanted;
  };
  std::vector<Works> works_;
};

}  // namespace nasnet::fused
