#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/plan/plan.h"

namespace nasnet::plan {

/// Memory of a thread beside the arena while it works on an image.
struct ScratchSizes {
  // Floats:
  int64_t image = 0;        ///< the input with its border, activated
  int64_t products = 0;     ///< a gradient with its border, or products on the way back
  int64_t back = 0;         ///< a gradient, or an image that Winograd's algorithm has transformed
  int64_t transformed = 0;  ///< its products
  int64_t scale = 0;        ///< a constant by channel
  int64_t windows = 0;      ///< a pool's rows or columns of windows: its kernel's own memory
  // Values of the plan's type:
  int64_t rows = 0;      ///< of the matrix
  int64_t gradient = 0;  ///< of a raw convolution, of as many pixels
  int64_t pooled = 0;    ///< the result of a pool that is scaled or added

  /// Becomes large enough for the other's steps, too.
  void include(const ScratchSizes& other);
  int64_t bytes(int64_t value_bytes) const;
};

/// Memory that a step's operator takes beside the arena.
struct StepMemory {
  int64_t weights = 0;   ///< bytes of packed weights, kept from one use to the next
  int64_t gradient = 0;  ///< floats of the gradients of its weights, for each group of images
  int64_t sums = 0;      ///< bytes of a norm's sums, for each image, while its stage runs
  ScratchSizes scratch;
};

/// The weights' gradients of a stage: floats of all its works, and of the largest one.
struct StageGradients {
  int64_t floats = 0, largest = 0;

  /// Of so many images, with the parts of each group.
  int64_t bytes(int64_t images) const;
};

/// The memory of a whole plan: operators allocate by it, and estimate_pass() adds it up.
struct PlanMemory {
  PlanMemory() = default;
  PlanMemory(const graph::Graph& graph, const Plan& plan, ValueType values);

  std::vector<StepMemory> steps;  ///< in the plan's order
  ScratchSizes scratch;           ///< enough for any of them

  StageGradients gradients(const Stage& stage) const;
};

}  // namespace nasnet::plan
