#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/exchange/onnx.h"

namespace nasnet::exchange {

/// A tensor while a model is computed.
struct OnnxValue {
  std::vector<int64_t> shape;
  std::vector<float> data;
};

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

/// Computes a model node by node, each operator as its page of the ONNX operator reference defines
/// it: this is the oracle of the export, so nothing in it is clever but the order of the innermost
/// loops. Throws InputError that names the node where a model is damaged or has other operators.
class OnnxEvaluator {
 public:
  explicit OnnxEvaluator(const OnnxModel& model);
  std::vector<float> run(const std::vector<float>& images, int64_t batch,
                         const graph::Shape& image);

 private:
  // Of the node that is computed: inputs and attributes.
  [[noreturn]] void fail(const std::string& what) const;
  const std::string& input_name(size_t k) const;
  const OnnxValue& input(size_t k);
  /// An image, N x C x H x W.
  const OnnxValue& image(size_t k);
  /// A constant of one number a channel.
  const std::vector<float>& channels(size_t k, int64_t count);
  const std::vector<int64_t>& places(size_t k) const;
  int64_t integer(const char* name, int64_t otherwise) const;
  float real(const char* name, float otherwise) const;
  /// Of an image of so many rows and columns.
  OnnxWindow window(int64_t rows, int64_t columns) const;
  bool pads_same() const;
  /// Throws where it would be too large.
  OnnxValue make(std::vector<int64_t> shape, float fill = 0) const;

  OnnxValue evaluate();

  // Windows (onnx_windows.cpp).
  OnnxValue convolution();
  /// Adds one input channel's share to one output channel.
  static void add_plane(const OnnxValue& x, const OnnxValue& w, const OnnxWindow& by,
                        std::pair<int64_t, int64_t> out, int64_t n, int64_t o, int64_t i,
                        int64_t channel, OnnxValue& y);
  OnnxValue pool(bool maximum);

  // Arithmetic (onnx_arithmetic.cpp).
  OnnxValue batch_norm();
  /// Over all values of each channel of each image; the image may have any number of edges.
  OnnxValue instance_norm();
  /// The second input has the shape of the first, or is one number a channel ([C, 1, 1]).
  OnnxValue combine(float (*function)(float, float));
  OnnxValue global_pool();
  /// y = x w^T + b
  OnnxValue gemm();

  // Shapes (onnx_shapes.cpp).
  OnnxValue concat();
  /// A list of numbers, for places(): no value of its own.
  OnnxValue shape();
  /// Every step-th pixel of the two last axes, or of the step of -1 all of them from the end.
  OnnxValue slice();
  /// Zeros around rows and columns.
  OnnxValue pad();
  /// 0 keeps an edge, -1 takes what is left.
  OnnxValue reshape();
  OnnxValue flatten();

  const OnnxModel& model_;
  const OnnxNode* node_ = nullptr;
  std::map<std::string, OnnxValue> values_;
  std::map<std::string, std::vector<int64_t>> shapes_;  // what Shape gave
  std::map<std::string, size_t> last_reader_;
};

}  // namespace nasnet::exchange
