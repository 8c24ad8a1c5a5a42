#pragma once

// Threads and memory that runners share, of one executor or of several: they grow with the passes
// that wait for their way back, not with the runners that have been made.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "nasnet/fused/arena.h"
#include "nasnet/fused/value_type.h"
#include "nasnet/fused/workers.h"
#include "nasnet/graph/graph.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/plan/plan.h"
#include "nasnet/plan/step_memory.h"

namespace nasnet::fused {

/// A plan with the memory that its steps take.
template <class T>
struct PlanOf {
  PlanOf(const graph::Graph& graph, const plan::PlanSettings& settings)
      : plan(plan::make_plan(graph, settings)), memory(graph, plan, kValueType<T>) {}

  const plan::Plan plan;
  const plan::PlanMemory memory;
};

/// Threads and memory of passes, of which one computes at a time.
template <class T>
struct SharedMemory {
  explicit SharedMemory(int threads) : workers(threads) {}

  Workers<T> workers;
  std::vector<std::unique_ptr<Arena>> arenas;  ///< not in use by a pass
  size_t arenas_made = 0;
  /// Passes in training mode so far: each changes the running statistics.
  uint64_t trained = 0;
  std::vector<float> discarded;             ///< receives unwanted gradients
  kernels::AlignedFloats weight_gradients;  ///< of a stage on the way back, by group of images

  /// Also reserves the place for its return, which happens in destructors and must not throw.
  std::unique_ptr<Arena> take_arena() {
    if (arenas.empty()) {
      arenas.reserve(++arenas_made);
      return std::make_unique<Arena>();
    }
    std::unique_ptr<Arena> arena = std::move(arenas.back());
    arenas.pop_back();
    return arena;
  }
};

}  // namespace nasnet::fused
