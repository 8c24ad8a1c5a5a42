#pragma once

#include <c10/util/Exception.h>

#include "nasnet/base/error.h"

namespace nasnet::libtorch {

/// Returns work(), and throws OutOfMemory where it runs out of a GPU's.
template <class Work>
auto explain_memory(Work work) {
  try {
    return work();
  } catch (const c10::OutOfMemoryError&) {
    throw OutOfMemory(
        "out of GPU memory; try a smaller --batch, --filters or --image-size, or fewer --workers");
  }
}

}  // namespace nasnet::libtorch
