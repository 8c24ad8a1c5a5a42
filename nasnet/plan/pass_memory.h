#pragma once

#include <cstdint>

#include "nasnet/graph/graph.h"
#include "nasnet/plan/plan.h"
#include "nasnet/plan/step_memory.h"

namespace nasnet::plan {

inline constexpr int64_t kFloatBytes = sizeof(float);

/// Memory that passes over a batch take at most, beside parameters and gradients.
struct PassMemory {
  /// Values, and in training their gradients: proportional to the batch.
  int64_t activations = 0;
  /// Packed, of all steps: kept from one pass to the next.
  int64_t weights = 0;
  /// Hardly grows with the batch: parts of weight gradients and sums, bordered images and rows of
  /// one thread.
  int64_t scratch = 0;
  /// The outputs, and in training their gradients.
  int64_t outputs = 0;
  int64_t total() const { return activations + weights + scratch + outputs; }
  int64_t thread = 0;  ///< of the scratch, what each further thread takes as well
  Recomputed recomputed;
};

/// Estimates the fused executor's memory from the graph, without computing anything: activations =
/// Plan::values_per_image x batch values of 4 bytes, or 2 in bf16, in whole huge pages, in
/// inference of as many images as are taken at a time; scratch = the sums of norms and the parts,
/// at most kGroups, of the gradients of weights of the stage that has most + what a thread needs
/// (PlanMemory); outputs in float32.
class PassEstimate {
 public:
  /// The graph must live as long.
  PassEstimate(const graph::Graph& graph, const PlanSettings& settings, ValueType values);

  PassMemory of(int64_t batch) const;

 private:
  const graph::Graph& graph_;
  ValueType values_;
  Plan plan_;
  PlanMemory each_;
};

PassMemory estimate_pass(const graph::Graph& graph, const PlanSettings& settings, ValueType values,
                         int64_t batch);

}  // namespace nasnet::plan
