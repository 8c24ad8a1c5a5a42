#pragma once

// Networks as files that torch_scores.py reads, and the scores that it prints.

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/graph/graph.h"
#include "nasnet/graph/initial_values.h"

namespace nasnet::scores {

inline const char* kind_name(graph::OperatorKind kind) {
  using graph::OperatorKind;
  switch (kind) {
    case OperatorKind::kInput:
      return "input";
    case OperatorKind::kRelu:
      return "relu";
    case OperatorKind::kConv:
      return "conv";
    case OperatorKind::kDepthwiseConv:
      return "depthwise";
    case OperatorKind::kBatchNorm:
      return "batch_norm";
    case OperatorKind::kBias:
      return "bias";
    case OperatorKind::kAvgPool:
      return "avg_pool";
    case OperatorKind::kMaxPool:
      return "max_pool";
    case OperatorKind::kUpsample:
      return "upsample";
    case OperatorKind::kSubsample:
      return "subsample";
    case OperatorKind::kZero:
      return "zero";
    case OperatorKind::kAdd:
      return "add";
    case OperatorKind::kConcat:
      return "concat";
    case OperatorKind::kSlice:
      return "slice";
    case OperatorKind::kLayerNorm:
      return "layer_norm";
    case OperatorKind::kInstanceNorm:
      return "instance_norm";
    case OperatorKind::kDropPath:
      return "drop_path";
    case OperatorKind::kGlobalPool:
      return "global_pool";
    case OperatorKind::kDropout:
      return "dropout";
    case OperatorKind::kLinear:
      return "linear";
  }
  return "";
}

inline nlohmann::json network_file(const graph::Graph& graph, uint64_t seed, const Tensor& images) {
  nlohmann::json operators = nlohmann::json::array(), parameters = nlohmann::json::array();
  for (const graph::Operator& op : graph.operators)
    operators.push_back({{"kind", kind_name(op.kind)},
                         {"inputs", op.inputs},
                         {"height", op.output.height},
                         {"width", op.output.width},
                         {"kernel_height", op.kernel_height},
                         {"kernel_width", op.kernel_width},
                         {"stride_height", op.stride_height},
                         {"stride_width", op.stride_width},
                         {"dilation", op.dilation},
                         {"same", op.same},
                         {"centred", op.centred},
                         {"zeros", op.zeros},
                         {"offset", op.offset},
                         {"first_parameter", op.first_parameter},
                         {"parameter_count", op.parameter_count}});
  for (const graph::Parameter& parameter : graph.parameters)
    parameters.push_back(
        {{"shape", parameter.shape}, {"values", graph::initial_values(parameter, seed)}});
  return {{"operators", operators},
          {"parameters", parameters},
          {"logits", graph.logits},
          {"epsilon", graph.recipe.batch_norm_epsilon},
          {"images", {{"shape", images.shape()}, {"values", images.row_major()}}}};
}

/// jacov, naswot and synflow of a network.
using ThreeScores = std::array<double, 3>;

class WithTorch : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("/usr/bin/python3 -c 'import torch, numpy' 2>/dev/null") != 0)
      GTEST_SKIP() << "Python's torch is not there; scripts/deps --test installs it";
    folder_ =
        std::filesystem::temp_directory_path() / ("nasnet_scores_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  /// By network, in the order in which they were written.
  std::vector<ThreeScores> ask(const std::vector<nlohmann::json>& networks) const {
    std::string command =
        std::string("/usr/bin/python3 ") + NASNET_SOURCE_DIR + "/tests/scores/torch_scores.py";
    for (size_t k = 0; k < networks.size(); ++k) {
      const std::string file = folder_ / (std::to_string(k) + ".json");
      std::ofstream(file) << networks[k];
      command += " " + file;
    }
    const std::string answer = folder_ / "scores.txt";
    EXPECT_EQ(std::system((command + " > " + answer).c_str()), 0);
    std::ifstream in(answer);
    std::vector<ThreeScores> found;
    for (std::string line; std::getline(in, line);) {
      ThreeScores three;
      const char* text = line.c_str();
      for (double& one : three) {
        char* end = nullptr;
        one = std::strtod(text, &end);
        text = end;
      }
      found.push_back(three);
    }
    EXPECT_EQ(found.size(), networks.size());
    return found;
  }

  std::filesystem::path folder_;
};

}  // namespace nasnet::scores
