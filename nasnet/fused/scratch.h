#pragma once

// Memory of a thread that holds nothing from one image to the next, but for the activated image
// that following steps share.

#include <cstdint>
#include <optional>

#include "nasnet/fused/poison.h"
#include "nasnet/graph/graph.h"
#include "nasnet/kernels/ahead.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/kernels/images.h"
#include "nasnet/plan/step_memory.h"

namespace nasnet::fused {

/// The padded image that a thread's scratch holds.
struct Activated {
  graph::Shape shape;
  kernels::Border border;
  const void* from = nullptr;  ///< its source; null where only the border has been cleared
  bool relu = false;
};

/// Scratch memory of a thread, of the sizes that plan::ScratchSizes says.
template <class T>
struct Scratch {
  kernels::AlignedFloats image, products, back, transformed, scale;
  kernels::Aligned<T> rows, gradient, pooled;
  std::optional<Activated> activated;  ///< what is in `image`, in training
  kernels::Ahead ahead;                ///< memory that the next works will read

  /// Grows to the sizes.
  void fit(const plan::ScratchSizes& sizes) {
    for_each(sizes, [](auto& memory, int64_t size) {
      unpoison(memory.data(), memory.size() * sizeof(memory[0]));
      if (std::ssize(memory) < size) memory.resize(size);
    });
  }

  /// Before a step of these sizes: poisons the memory beyond them.
  void enter(const plan::ScratchSizes& sizes) {
    if (!kPoisons) return;
    for_each(sizes, [](auto& memory, int64_t size) {
      unpoison(memory.data(), size * sizeof(memory[0]));
      poison(memory.data() + size, (memory.size() - size) * sizeof(memory[0]));
    });
  }

 private:
  template <class Call>
  void for_each(const plan::ScratchSizes& sizes, Call call) {
    call(image, sizes.image);
    call(products, sizes.products);
    call(back, sizes.back);
    call(transformed, sizes.transformed);
    call(scale, sizes.scale);
    call(rows, sizes.rows);
    call(gradient, sizes.gradient);
    call(pooled, sizes.pooled);
  }
};

}  // namespace nasnet::fused
