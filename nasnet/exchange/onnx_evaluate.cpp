#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/exchange/onnx_operators.h"

// The evaluator's walk: nodes in the model's order, results dropped after their last reader.

namespace nasnet::exchange {
namespace {

class Evaluator {
 public:
  Evaluator(const OnnxModel& model, const OnnxTensors& inputs,
            const std::vector<std::string>& results)
      : model_(model), values_(inputs) {
    for (size_t i = 0; i < model.nodes.size(); ++i)
      for (const std::string& input : model.nodes[i].inputs) last_reader_[input] = i;
    for (const std::string& result : results) last_reader_[result] = model.nodes.size();
  }

  void run() {
    for (size_t i = 0; i < model_.nodes.size(); ++i) {
      check_interrupt("stopped while checking the export");
      const OnnxNode& node = model_.nodes[i];
      std::vector<const OnnxTensor*> inputs;
      for (const std::string& input : node.inputs) inputs.push_back(find(node, input));
      std::vector<OnnxTensor> results = compute_onnx(node.type, OnnxCall(node, inputs));
      if (results.size() != node.outputs.size())
        throw InputError(
            fmt::format("ONNX node {} ({}): it has more outputs", node.name, node.type));
      for (size_t k = 0; k < results.size(); ++k) {
        // Nodes check their inputs; this one is of the evaluator's own arithmetic.
        NASNET_CHECK(element_count(results[k].shape) ==
                         std::ssize(results[k].floats) + std::ssize(results[k].integers),
                     "a result fills its shape");
        values_[node.outputs[k]] = std::move(results[k]);
      }
      for (const std::string& input : node.inputs)
        if (last_reader_[input] == i) values_.erase(input);
    }
  }

  OnnxTensor take(const std::string& name) {
    const auto found = values_.find(name);
    if (found == values_.end())
      throw InputError(fmt::format("the model does not compute '{}'", name));
    return std::move(found->second);
  }

 private:
  const OnnxTensor* find(const OnnxNode& node, const std::string& name) const {
    if (name.empty()) return nullptr;  // an input that is left out
    const auto value = values_.find(name);
    if (value != values_.end()) return &value->second;
    const auto constant = model_.constants.find(name);
    if (constant != model_.constants.end()) return &constant->second;
    OnnxCall(node, {}).fail(fmt::format("its input '{}' is not there", name));
  }

  const OnnxModel& model_;
  OnnxTensors values_;
  std::map<std::string, size_t> last_reader_;
};

}  // namespace

std::vector<OnnxTensor> compute_onnx(const std::string& type, const OnnxCall& call) {
  using namespace onnx_operators;
  struct Operation {
    std::string_view type;
    OnnxTensor (*compute)(const OnnxCall&);
  };
  static constexpr Operation kOperations[] = {
      {"Abs", absolute},
      {"Add", add},
      {"AveragePool", average_pool},
      {"BatchNormalization", batch_norm},
      {"Cast", cast},
      {"Concat", concat},
      {"Conv", convolution},
      {"Div", divide},
      {"Equal", equal},
      {"Exp", exponential},
      {"Expand", expand},
      {"Flatten", flatten},
      {"Gather", gather},
      {"Gemm", gemm},
      {"GlobalAveragePool", global_pool},
      {"GreaterOrEqual", greater_or_equal},
      {"InstanceNormalization", instance_norm},
      {"MatMul", matmul},
      {"Max", larger},
      {"MaxPool", max_pool},
      {"Min", smaller},
      {"Mod", remainder},
      {"Mul", multiply},
      {"NonMaxSuppression", suppression},
      {"NonZero", non_zero},
      {"Pad", pad},
      {"Range", range},
      {"Relu", relu},
      {"Reshape", reshape},
      {"Resize", resize},
      {"RoiAlign", roi_align},
      {"Shape", shape},
      {"Slice", slice},
      {"Softmax", softmax},
      {"Sub", subtract},
      {"Transpose", transpose},
      {"Unsqueeze", unsqueeze},
      {"Where", where},
  };
  if (type == "TopK") return top_k(call);
  const auto* found = std::ranges::find(kOperations, type, &Operation::type);
  if (found == std::end(kOperations)) call.fail("this operator is not known here");
  std::vector<OnnxTensor> results;
  results.push_back(found->compute(call));
  return results;
}

OnnxTensors evaluate_onnx(const OnnxModel& model, const OnnxTensors& inputs,
                          const std::vector<std::string>& results) {
  for (const OnnxPort& port : model.inputs) {
    const auto given = inputs.find(port.name);
    const auto fits = [](const OnnxEdge& edge, int64_t size) {
      return !edge.name.empty() || edge.size == size;
    };
    if (given == inputs.end() || given->second.is_integer != port.is_integer ||
        !std::ranges::equal(port.shape, given->second.shape, fits))
      throw InputError(fmt::format("the model takes '{}' of another shape", port.name));
  }
  Evaluator evaluator(model, inputs, results);
  evaluator.run();
  OnnxTensors taken;
  for (const std::string& result : results) taken[result] = evaluator.take(result);
  return taken;
}

std::vector<float> evaluate_onnx(const OnnxModel& model, const std::vector<float>& images,
                                 int64_t batch, const graph::Shape& image) {
  if (model.inputs.size() != 1 || model.outputs.size() != 1)
    throw InputError("the model has several inputs or outputs");
  const OnnxTensor input{{batch, image.channels, image.height, image.width}, images, {}, false};
  if (element_count(input.shape) != std::ssize(images))
    throw InputError("the model takes images of another shape");
  const std::string& output = model.outputs[0].name;
  return evaluate_onnx(model, {{model.inputs[0].name, input}}, {output})[output].floats;
}

}  // namespace nasnet::exchange
