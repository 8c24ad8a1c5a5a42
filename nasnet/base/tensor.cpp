#include "nasnet/base/tensor.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/error.h"

// "Channels last" is how the kernels read; files and other libraries are row-major. The conversion
// stands here alone, so that nobody else needs to know which of the two a tensor has.

namespace nasnet {
namespace {

/// 1 for a tensor without dimensions: it holds one number.
int64_t elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t extent : shape) {
    if (extent < 0) throw Error(fmt::format("a tensor with an extent of {}", extent));
    count *= extent;
  }
  return count;
}

/// Calls visit(place in row-major order, place as it lies) for every value.
template <class Visit>
void for_each_place(const std::vector<int64_t>& shape, Visit visit) {
  if (shape.size() != 4) {
    const int64_t count = elements(shape);
    for (int64_t i = 0; i < count; ++i) visit(i, i);
    return;
  }
  const int64_t inner = shape[1], pixels = shape[2] * shape[3];
  for (int64_t n = 0; n < shape[0]; ++n)
    for (int64_t c = 0; c < inner; ++c)
      for (int64_t p = 0; p < pixels; ++p)
        visit((n * inner + c) * pixels + p, (n * pixels + p) * inner + c);
}

}  // namespace

Tensor::Tensor(std::vector<int64_t> shape) : shape_(std::move(shape)), values_(elements(shape_)) {}

std::vector<float> Tensor::row_major() const {
  std::vector<float> result(values_.size());
  for_each_place(shape_, [&](int64_t ordered, int64_t lies) { result[ordered] = values_[lies]; });
  return result;
}

void Tensor::set_row_major(std::span<const float> values) {
  if (values.size() != values_.size())
    throw Error(fmt::format("{} values for a tensor of {}", values.size(), values_.size()));
  const std::span<float> into = change();
  for_each_place(shape_, [&](int64_t ordered, int64_t lies) { into[lies] = values[ordered]; });
}

void replace_all(const std::vector<Tensor*>& targets, const std::vector<Tensor>& values) {
  if (targets.size() != values.size())
    throw Error(fmt::format("{} tensors in place of {}", values.size(), targets.size()));
  // All shapes are compared before the first value is copied: it changes all or nothing.
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i].shape() != targets[i]->shape())
      throw Error(fmt::format("tensor {} in place of one of another shape", i));
  for (size_t i = 0; i < values.size(); ++i)
    std::ranges::copy(values[i].values(), targets[i]->change().begin());
}

TensorView::TensorView(Tensor& tensor) : data(tensor.values_.data()), version(tensor.version()) {
  const auto dimensions = static_cast<int>(tensor.shape().size());
  if (dimensions > 4) throw Error("a view of a tensor of more than four dimensions");
  for (size_t i = 0; i < tensor.shape().size(); ++i) shape[i] = tensor.shape()[i];
  if (dimensions == 4) {
    // Indices come as [n, c, y, x]; c lies innermost.
    strides = {shape[1] * shape[2] * shape[3], 1, shape[3] * shape[1], shape[1]};
    return;
  }
  int64_t stride = 1;
  for (int i = dimensions - 1; i >= 0; --i) {
    strides[i] = stride;
    stride *= shape[i];
  }
}

}  // namespace nasnet
