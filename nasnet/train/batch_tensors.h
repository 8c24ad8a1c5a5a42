#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include "nasnet/data/batches.h"

namespace nasnet::train {

/// libtorch's view of values, which must live as long.
at::Tensor borrow(const Tensor& values);

/// A batch for a network on a device. For the processor the images are borrowed: the batch must
/// live as long. For a GPU both lie in page-locked memory, from which it copies by itself.
struct BatchTensors {
  at::Tensor images;  ///< float32, N x C x H x W in channels-last memory
  at::Tensor labels;  ///< int64, N
};
BatchTensors tensors_of(const data::Batch& batch, c10::Device device);

}  // namespace nasnet::train
