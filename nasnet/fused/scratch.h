#pragma once

#include <cstdint>
#include <optional>

#include "nasnet/graph/graph.h"
#include "nasnet/kernels/ahead.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/images.h"
#include "nasnet/plan/step_memory.h"

namespace nasnet::fused {

/// Which image lies in a thread's scratch with its border on.
struct Activated {
  graph::Shape shape;
  kernels::Border border;
  const void* from = nullptr;  ///< null where there is none but the border is clear
  bool relu = false;
};

/// Memory of one thread, as large as plan::ScratchSizes says.
template <class T>
struct Scratch {
  kernels::AlignedFloats image, products, back, transformed, scale;
  kernels::Aligned<T> rows, gradient, pooled;
  std::optional<Activated> activated;  ///< what is in `image`, in training
  kernels::Ahead ahead;                ///< what the works to come will read

  /// Grows to the sizes.
  void fit(const plan::ScratchSizes& sizes) {
    grow(image, sizes.image);
    grow(products, sizes.products);
    grow(back, sizes.back);
    grow(transformed, sizes.transformed);
    grow(scale, sizes.scale);
    grow(rows, sizes.rows);
    grow(gradient, sizes.gradient);
    grow(pooled, sizes.pooled);
  }

 private:
  template <class U>
  static void grow(kernels::Aligned<U>& memory, int64_t count) {
    if (static_cast<int64_t>(memory.size()) < count) memory.resize(static_cast<size_t>(count));
  }
};

}  // namespace nasnet::fused
