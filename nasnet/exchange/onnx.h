#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::exchange {

/// Numbers of kinds of attributes in files (AttributeProto.AttributeType).
inline constexpr int64_t kOnnxAttributeFloat = 1, kOnnxAttributeInt = 2, kOnnxAttributeText = 3,
                         kOnnxAttributeInts = 7;

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

/// Numbers of types in files and in Cast (TensorProto.DataType).
inline constexpr int64_t kOnnxFloat = 1, kOnnxInteger = 7;

/// Floats, or int64 for shapes and places. Row-major; one without edges is a number.
struct OnnxTensor {
  std::vector<int64_t> shape;
  std::vector<float> floats;
  std::vector<int64_t> integers;
  bool is_integer = false;
};
using OnnxTensors = std::map<std::string, OnnxTensor>;

/// An edge of an input or output: a size, or the name of one that is free.
struct OnnxEdge {
  std::string name;
  int64_t size = 0;
};

/// An input or output of a model.
struct OnnxPort {
  std::string name;
  std::vector<OnnxEdge> shape;
  bool is_integer = false;
};

/// The part of ONNX that networks of this project need.
struct OnnxModel {
  int opset = 17;
  std::vector<OnnxNode> nodes;  ///< in an order of execution
  OnnxTensors constants;
  std::vector<OnnxPort> inputs, outputs;
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

/// Runs the model by the letter of the ONNX operators, in plain loops that share nothing with the
/// network's own executors: the check of an export. `inputs` has a tensor for each of the model's.
/// The result has those of these names, which may be any node's. Throws InputError for operators,
/// attributes and shapes that it does not know.
OnnxTensors evaluate_onnx(const OnnxModel& model, const OnnxTensors& inputs,
                          const std::vector<std::string>& results);

/// The only output of a model on a batch of images, its only input. `images` holds batch images of
/// the shape `image`, channels first.
std::vector<float> evaluate_onnx(const OnnxModel& model, const std::vector<float>& images,
                                 int64_t batch, const graph::Shape& image);

}  // namespace nasnet::exchange
