#include "nasnet/train/batch_tensors.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>

namespace nasnet::train {

at::Tensor borrow(const Tensor& values) {
  // libtorch has no tensors of constants; nothing here writes to it.
  auto* data = const_cast<float*>(values.data());
  if (values.shape().size() != 4)
    return at::from_blob(data, values.shape(), at::TensorOptions(c10::kFloat));
  const int64_t n = values.extent(0), c = values.extent(1), h = values.extent(2),
                w = values.extent(3);
  return at::from_blob(data, {n, h, w, c}, at::TensorOptions(c10::kFloat)).permute({0, 3, 1, 2});
}

BatchTensors tensors_of(const data::Batch& batch, c10::Device device) {
  const bool gpu = device.is_cuda();
  BatchTensors tensors;
  tensors.labels = at::empty({static_cast<int64_t>(batch.labels.size())},
                             at::TensorOptions(c10::kLong).pinned_memory(gpu));
  std::copy(batch.labels.begin(), batch.labels.end(), tensors.labels.data_ptr<int64_t>());
  tensors.images = borrow(batch.images);
  if (gpu) {
    const at::Tensor locked =
        at::empty(tensors.images.sizes(), at::TensorOptions(c10::kFloat).pinned_memory(true),
                  at::MemoryFormat::ChannelsLast);
    tensors.images = locked.copy_(tensors.images);
  }
  return tensors;
}

}  // namespace nasnet::train
