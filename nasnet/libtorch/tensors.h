#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <string>
#include <vector>

#include "nasnet/base/tensor.h"

namespace nasnet::libtorch {

/// libtorch's view of values, which must live as long: of four dimensions in channels-last memory.
at::Tensor borrow(const Tensor& values);

/// A copy as the core has it, in float32.
Tensor to_core(const at::Tensor& tensor);

/// Copies the values into tensors of the same shapes, of any type and on any device. Throws Error,
/// and changes nothing, for others.
void copy_all(const std::vector<Tensor>& values, const std::vector<at::Tensor>& into);

struct NamedTensor {
  std::string name;
  at::Tensor tensor;
};

/// A copy of values in page-locked memory where they are for a GPU, which then copies them
/// by itself.
at::Tensor for_device(const at::Tensor& values, c10::Device device);

}  // namespace nasnet::libtorch
