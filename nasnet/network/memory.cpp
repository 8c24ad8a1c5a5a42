// Which estimate belongs to which kernels.

#include "nasnet/network/memory.h"

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

plan::ValueType value_type(Precision precision) {
  return precision == Precision::kBf16 ? plan::ValueType::kBf16 : plan::ValueType::kFloat32;
}

PassMemory estimate_pass(const graph::Graph& graph, Kernels kernels, Precision precision,
                         bool training, int64_t batch) {
  return kernels == Kernels::kFused
             ? plan::estimate_pass(graph, {.training = training}, value_type(precision), batch)
             : estimate_reference(graph, training, batch);
}

}  // namespace nasnet::network
