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

PassMemory estimate_pass(const graph::Graph& graph, const PassShape& pass) {
  return pass.kernels == Kernels::kFused
             ? plan::estimate_pass(graph, {.training = pass.training}, value_type(pass.precision),
                                   pass.batch)
             : estimate_reference(graph, pass.training, pass.batch);
}

}  // namespace nasnet::network
