#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::exchange {

/// An attribute of a node: one number, or several, or a text.
struct OnnxAttribute {
  enum class Kind { kInteger, kReal, kIntegers, kText };
  Kind kind = Kind::kInteger;
  int64_t integer = 0;
  float real = 0;
  std::vector<int64_t> integers;
  std::string text;
};

struct OnnxNode {
  std::string type;  ///< "Conv"
  std::string name;
  std::vector<std::string> inputs, outputs;
  std::map<std::string, OnnxAttribute> attributes;
};

/// A constant: floats, or int64 for shapes and places.
struct OnnxTensor {
  std::vector<int64_t> shape;
  std::vector<float> floats;
  std::vector<int64_t> integers;
};

/// The part of ONNX that networks of this project need: one input and one output of floats.
struct OnnxModel {
  int opset = 17;
  std::vector<OnnxNode> nodes;  ///< in an order of execution
  std::map<std::string, OnnxTensor> constants;
  std::string input = "images", output = "logits";
  /// Without the batch, which is free, as edges of -1 are.
  std::vector<int64_t> input_shape, output_shape;
  std::string producer_version;  ///< of the program "nasnet"
  std::map<std::string, std::string> metadata;
};

inline constexpr int kOldestOpset = 13, kNewestOpset = 17;

struct OnnxOptions {
  int opset = 17;
  /// Multiply batch normalisation into the convolution before it, where there is one.
  bool fold_batch_norm = false;
  /// Images of the graph's own size alone, with all padding in numbers, for programs that have no
  /// SAME_UPPER.
  bool fixed_size = false;
};

/// Values of the graph's parameter, row-major in its shape.
using ParameterValues = std::function<std::vector<float>(size_t parameter)>;

/// The network in inference mode: images (N x C x H x W, normalised) to logits (N x classes).
/// Drop-path, dropout and the auxiliary head are training's and left out. Height and width are free
/// unless `fixed_size` says otherwise: at each size whose graph is the same_but_for_size() the file
/// computes what that graph does.
OnnxModel to_onnx(const graph::Graph& graph, const ParameterValues& values,
                  const OnnxOptions& options = {});

/// Are these graphs one network, built for images of different sizes?
bool same_but_for_size(const graph::Graph& a, const graph::Graph& b);

/// The model as the bytes of an ONNX file.
std::string write_onnx(const OnnxModel& model);

/// Reads what write_onnx() writes, and the like of other programs as far as the struct goes. Throws
/// InputError naming `name`.
OnnxModel read_onnx(std::string_view bytes, const std::string& name);

/// Runs the model on a batch of images by the letter of the ONNX operators, in plain loops that
/// share nothing with the network's own executors: the check of an export. `images` holds batch
/// images of the shape `image`, channels first; the result batch x output_shape. Throws InputError
/// for operators, attributes and shapes that it does not know.
std::vector<float> evaluate_onnx(const OnnxModel& model, const std::vector<float>& images,
                                 int64_t batch, const graph::Shape& image);

}  // namespace nasnet::exchange
