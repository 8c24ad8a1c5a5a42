// Between the core's tensors and libtorch's: four-dimensional ones lie channels-last in both, so
// that most conversions are views.

#include "nasnet/libtorch/tensors.h"

#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"

namespace nasnet::libtorch {

at::Tensor borrow(const Tensor& values) {
  // libtorch has no tensors of constants; nothing here writes to it.
  auto* data = const_cast<float*>(values.data());
  if (values.shape().size() != 4)
    return at::from_blob(data, values.shape(), at::TensorOptions(c10::kFloat));
  const int64_t n = values.extent(0), c = values.extent(1), h = values.extent(2),
                w = values.extent(3);
  return at::from_blob(data, {n, h, w, c}, at::TensorOptions(c10::kFloat)).permute({0, 3, 1, 2});
}

Tensor to_core(const at::Tensor& tensor) {
  at::Tensor plain = tensor.detach().to(c10::kCPU, c10::kFloat);
  plain = (plain.dim() == 4 ? plain.permute({0, 2, 3, 1}) : plain).contiguous();
  Tensor values(tensor.sizes().vec());
  std::copy_n(plain.data_ptr<float>(), plain.numel(), values.change().data());
  return values;
}

void copy_all(const std::vector<Tensor>& values, const std::vector<at::Tensor>& into) {
  if (values.size() != into.size())
    throw Error(fmt::format("{} tensors in place of {}", values.size(), into.size()));
  // All shapes before the first copy, so that nothing is changed where one is wrong.
  for (size_t i = 0; i < values.size(); ++i)
    if (into[i].sizes() != c10::IntArrayRef(values[i].shape()))
      throw Error(fmt::format("tensor {} in place of one of another shape", i));
  for (size_t i = 0; i < values.size(); ++i) into[i].detach().copy_(borrow(values[i]));
}

at::Tensor for_device(const at::Tensor& values, c10::Device device) {
  if (!device.is_cuda()) return values;
  // By way of pinned memory, from which the GPU copies while the CPU goes on.
  const auto options = values.options().pinned_memory(true);
  return at::empty_like(values, options, c10::MemoryFormat::Preserve)
      .copy_(values)
      .to(device, values.scalar_type(), /*non_blocking=*/true);
}

}  // namespace nasnet::libtorch
