#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "nasnet/libtorch/module.h"

namespace nasnet::libtorch {

/// Of normal distribution.
at::Tensor random_images(int64_t count, const graph::Shape& shape, uint64_t seed);

/// One training-mode pass and its way back; the loss weighs main and auxiliary logits.
struct Outcome {
  at::Tensor logits, auxiliary;
  std::vector<at::Tensor> gradients, statistics;
};
Outcome train_once(Module& network, const at::Tensor& images, double progress = 0);

/// Gives norms gains of both signs and shifts; they begin with ones and zeros.
void shake_norms(Module& network);

/// The norm of the difference, in float64.
double distance(const at::Tensor& a, const at::Tensor& b);

/// Differences between the fused path in float32 and libtorch's operators in float64 on these
/// images, in outputs, every gradient, running statistics, and inference afterwards. "" for
/// nothing. Some networks turn the last bit of their input into much more: where libtorch's own
/// float32 is further off, nothing is said.
std::string differences(const graph::Graph& graph, const at::Tensor& images, double progress = 0);

/// Fails where those differ. A ReLU's argument or two values of a maximum may be too near for
/// float32, and then gradients are off by that decision, in one network of some ten. Other images
/// decide whether it was that.
void expect_same(const graph::Graph& graph, int64_t batch = 3, double progress = 0);

}  // namespace nasnet::libtorch
