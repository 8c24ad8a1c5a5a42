#pragma once

#include <string>
#include <vector>

#include "nasnet/graph/build.h"
#include "nasnet/graph/builder.h"
#include "nasnet/graph/cut.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::graph {

/// A mobile network's stages joined to a pyramid, over each level of which the same convolutions
/// go: biases, sums with upsampled maps, shared parameters, several outputs.
inline Cut pyramid(const std::string& genotype = "nasnet-a", Shape image = {64, 96, 3}) {
  Graph graph =
      build(space::named_genotype(genotype),
            {.stack = StackKind::kMobile, .cells = 1, .filters = 4, .classes = 3, .input = image});
  Builder builder(graph);
  constexpr int kChannels = 6;
  builder.begin_section("pyramid", image, {});
  std::vector<int> merged(3), outputs;
  for (int level = 2; level >= 0; --level) {
    const std::string scope = "pyramid/level_" + std::to_string(level);
    const auto index = static_cast<size_t>(level);
    const int stage = builder.relu(graph.endpoint("Cell_" + std::to_string(level)));
    merged[index] =
        builder.bias(builder.conv(stage, scope + "/lateral", kChannels), scope + "/lateral");
    if (level < 2)
      merged[index] =
          builder.add(merged[index], builder.upsample(merged[index + 1], merged[index]));
  }
  int tower = -1, tower_bias = -1, scores = -1, scores_bias = -1, codes = -1, codes_bias = -1;
  for (size_t level = 0; level < 4; ++level) {
    const std::string scope = "pyramid/level_" + std::to_string(level);
    const int map = level < 3
                        ? builder.bias(builder.conv(merged[level], scope + "/output", kChannels, 3),
                                       scope + "/output")
                        : builder.pool(OperatorKind::kMaxPool, outputs[6], 1, 2);
    outputs.push_back(map);
    const bool first = tower < 0;
    const int shared =
        first ? tower = builder.conv(map, "tower", kChannels, 3) : builder.again(tower, map);
    const int read = builder.relu(first ? tower_bias = builder.bias(shared, "tower")
                                        : builder.again(tower_bias, shared));
    const int score =
        first ? scores = builder.conv(read, "scores", 3) : builder.again(scores, read);
    outputs.push_back(first ? scores_bias = builder.bias(score, "scores")
                            : builder.again(scores_bias, score));
    const int code = first ? codes = builder.conv(read, "codes", 12) : builder.again(codes, read);
    outputs.push_back(first ? codes_bias = builder.bias(code, "codes")
                            : builder.again(codes_bias, code));
  }
  builder.end_section(outputs.back());
  return cut(graph, outputs);
}

}  // namespace nasnet::graph
