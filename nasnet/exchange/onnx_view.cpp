#include "nasnet/exchange/onnx_view.h"

namespace nasnet::exchange {

std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape) {
  std::vector<int64_t> strides(shape.size());
  int64_t stride = 1;
  for (size_t axis = shape.size(); axis-- > 0; stride *= shape[axis]) strides[axis] = stride;
  return strides;
}

OnnxView broadcast(const OnnxCall& call, const std::vector<int64_t>& from,
                   const std::vector<int64_t>& to) {
  if (from.size() > to.size()) call.fail("its inputs do not fit each other");
  const size_t lacking = to.size() - from.size();
  const std::vector<int64_t> strides = row_major_strides(from);
  OnnxView view{0, std::vector<int64_t>(to.size())};
  for (size_t axis = 0; axis < from.size(); ++axis) {
    if (from[axis] != 1 && from[axis] != to[lacking + axis])
      call.fail("its inputs do not fit each other");
    if (from[axis] != 1) view.strides[lacking + axis] = strides[axis];
  }
  return view;
}

std::vector<int64_t> broadcast_shape(const OnnxCall& call,
                                     const std::vector<const OnnxTensor*>& tensors) {
  std::vector<int64_t> shape;
  for (const OnnxTensor* tensor : tensors) {
    const std::vector<int64_t>& one = tensor->shape;
    if (one.size() > shape.size()) shape.insert(shape.begin(), one.size() - shape.size(), 1);
    for (size_t k = 1; k <= one.size(); ++k)
      if (shape[shape.size() - k] == 1) shape[shape.size() - k] = one[one.size() - k];
  }
  for (const OnnxTensor* tensor : tensors) broadcast(call, tensor->shape, shape);
  return shape;
}

OnnxTensor copy_view(const OnnxCall& call, const OnnxTensor& x, std::vector<int64_t> shape,
                     const OnnxView& view) {
  OnnxTensor y = call.make_like(x, std::move(shape));
  const auto copy = [&](const auto& from, auto& to) {
    auto out = to.begin();
    for_each_value<1>(y.shape, {view},
                      [&](const auto& at) { *out++ = from[static_cast<size_t>(at[0])]; });
  };
  if (x.is_integer) {
    copy(x.integers, y.integers);
  } else {
    copy(x.floats, y.floats);
  }
  return y;
}

}  // namespace nasnet::exchange
