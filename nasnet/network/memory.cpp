// Which estimate belongs to which kernels.

#include "nasnet/network/memory.h"

#include "nasnet/network/contribution.h"
#include "nasnet/network/reference_memory.h"

namespace nasnet::network {

int64_t parameter_bytes(const graph::Graph& graph) {
  int64_t bytes = 0;
  for (const graph::Parameter& one : graph.parameters)
    bytes += one.elements() * plan::kFloatBytes + kTensorBytes;
  return bytes;
}

int64_t gradient_bytes(const graph::Graph& graph) {
  int64_t bytes = 0;
  for (const graph::Parameter& one : graph.parameters)
    if (one.trainable()) bytes += one.elements() * plan::kFloatBytes + kTensorBytes;
  return bytes;
}

int64_t contribution_bytes(const graph::Graph& graph) {
  int64_t bytes = 0;
  for (const graph::Parameter& one : graph.parameters)
    if (one.trainable()) bytes += one.elements() * plan::kFloatBytes;
  for (const size_t i : running_statistics(graph))
    bytes += graph.parameters[i].elements() * plan::kFloatBytes;
  return bytes;
}

plan::ValueType value_type(Precision precision) {
  return precision == Precision::kBf16 ? plan::ValueType::kBf16 : plan::ValueType::kFloat32;
}

PassEstimate::PassEstimate(const graph::Graph& graph, const PassKind& kind)
    : graph_(graph), training_(kind.training) {
  if (kind.kernels == Kernels::kFused)
    fused_.emplace(
        graph,
        plan::PlanSettings{
            .training = kind.training, .outputs = {}, .recomputed_cells = kind.recomputed_cells},
        value_type(kind.precision));
}

PassMemory PassEstimate::of(int64_t batch) const {
  return fused_ ? fused_->of(batch) : estimate_reference(graph_, training_, batch);
}

}  // namespace nasnet::network
