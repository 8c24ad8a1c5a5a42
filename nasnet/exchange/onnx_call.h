#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/exchange/onnx.h"

namespace nasnet::exchange {

/// -1 where they are too many.
int64_t element_count(const std::vector<int64_t>& shape);

/// A window that slides over an image: ONNX's kernel_shape, strides, pads, dilations.
struct OnnxWindow {
  int64_t kernel[2] = {1, 1}, stride[2] = {1, 1}, begin[2] = {0, 0}, end[2] = {0, 0},
          dilation[2] = {1, 1};

  int64_t output(int axis, int64_t input) const {
    return (input + begin[axis] + end[axis] - (dilation[axis] * (kernel[axis] - 1) + 1)) /
               stride[axis] +
           1;
  }
  /// SAME_UPPER: ceil(input / stride) results, the odd cell of padding after the image.
  void pad_same(int64_t rows, int64_t columns) {
    for (const int axis : {0, 1}) {
      const int64_t input = axis == 0 ? rows : columns;
      const int64_t count = (input + stride[axis] - 1) / stride[axis];
      const int64_t reach = (count - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1;
      const int64_t total = std::max<int64_t>(reach - input, 0);
      begin[axis] = total / 2;
      end[axis] = total - total / 2;
    }
  }
};

/// A node while it is computed: its inputs and attributes, checked as they are read. All throw
/// InputError that names the node.
class OnnxCall {
 public:
  /// Of inputs that are left out the address is null.
  OnnxCall(const OnnxNode& node, std::vector<const OnnxTensor*> inputs)
      : node_(node), inputs_(std::move(inputs)) {}

  [[noreturn]] void fail(const std::string& what) const;
  size_t inputs() const { return inputs_.size(); }
  bool has(size_t k) const { return k < inputs_.size() && inputs_[k]; }
  const OnnxTensor& input(size_t k) const;
  const OnnxTensor& reals(size_t k) const;
  /// An image, N x C x H x W.
  const OnnxTensor& image(size_t k) const;
  /// A constant of one number a channel.
  const std::vector<float>& channels(size_t k, int64_t count) const;
  /// A list of integers, or one.
  const std::vector<int64_t>& places(size_t k) const;
  int64_t place(size_t k) const;
  /// One number; `otherwise` where the input is left out.
  float number(size_t k, float otherwise) const;

  int64_t integer(const char* name, int64_t otherwise) const;
  float real(const char* name, float otherwise) const;
  std::string text(const char* name, const char* otherwise) const;
  /// Empty where there are none.
  std::vector<int64_t> integers(const char* name) const;
  /// An axis of a tensor of so many edges; below 0 it counts from the last.
  size_t axis(int64_t otherwise, size_t edges) const;
  /// Of an image of so many rows and columns.
  OnnxWindow window(int64_t rows, int64_t columns) const;

  /// Throws where it would be too large.
  OnnxTensor make(std::vector<int64_t> shape, float fill = 0) const;
  OnnxTensor make_integers(std::vector<int64_t> shape) const;
  /// Of the same kind of numbers as `like`.
  OnnxTensor make_like(const OnnxTensor& like, std::vector<int64_t> shape) const {
    return like.is_integer ? make_integers(std::move(shape)) : make(std::move(shape));
  }

 private:
  const OnnxAttribute* find(const char* name, OnnxAttribute::Kind kind) const;
  bool pads_same() const;

  const OnnxNode& node_;
  const std::vector<const OnnxTensor*> inputs_;
};

}  // namespace nasnet::exchange
