#pragma once

#include <ATen/core/Tensor.h>

#include "nasnet/network/fused.h"

namespace nasnet::network {

/// A training-mode pass of the executor whose logits know their way back: backward() of a loss of
/// theirs adds the parameters' gradients.
FusedExecutor::Result forward_with_gradients(FusedExecutor& executor, const at::Tensor& images,
                                             const Pass& pass);

}  // namespace nasnet::network
