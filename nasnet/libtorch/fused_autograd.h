#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "nasnet/fused/executor.h"
#include "nasnet/libtorch/module.h"

namespace nasnet::libtorch {

/// A pass of the fused executor over libtorch's tensors. In training mode its logits are a node of
/// autograd's with the trainable parameters among its inputs, so that hooks, autograd::grad and
/// whatever else goes along the graph reach them; the images are one where they require a gradient.
/// Two passes may wait for their way back at a time; a second way back of the same is an error.
/// `tensors`: one for each of the graph's parameters, float32 on the CPU.
Outputs forward_fused(fused::Executor& executor, const std::vector<at::Tensor>& tensors,
                      const at::Tensor& images, const Pass& pass);

}  // namespace nasnet::libtorch
