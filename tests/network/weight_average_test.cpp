#include "nasnet/network/weight_average.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "nasnet/graph/build.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::network {
namespace {

TEST(WeightAverage, DecayGrowsWithTheSteps) {
  EXPECT_DOUBLE_EQ(average_decay(0.9999, 0), 0.1);
  EXPECT_DOUBLE_EQ(average_decay(0.9999, 1), 2.0 / 11);
  EXPECT_DOUBLE_EQ(average_decay(0.9999, 90), 0.91);
  EXPECT_DOUBLE_EQ(average_decay(0.9999, 89'988), 89'989.0 / 89'998);
  EXPECT_DOUBLE_EQ(average_decay(0.9999, 89'991), 0.9999);
  EXPECT_DOUBLE_EQ(average_decay(0.9999, 1'000'000), 0.9999);
}

TEST(WeightAverage, FollowsEveryTensor) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          {graph::StackKind::kCifar, 1, 4, 3, {8, 8, 1}, false});
  std::vector<Tensor> tensors;
  std::vector<double> expected;
  for (const graph::Parameter& parameter : graph.parameters) {
    tensors.emplace_back(parameter.shape);
    tensors.back().set_row_major(graph::initial_values(parameter, 7));
    expected.push_back(tensors.back().values()[0]);
  }
  WeightAverage average(graph, tensors, 0.5);
  for (int step = 1; step <= 20; ++step) {
    const double decay = std::min(0.5, (1.0 + step) / (10.0 + step));
    for (size_t p = 0; p < tensors.size(); ++p) {
      for (float& value : tensors[p].change())
        value += 0.1f * static_cast<float>(p % 7) - 0.01f * static_cast<float>(step);
      expected[p] = decay * expected[p] + (1 - decay) * tensors[p].values()[0];
    }
    average.update(tensors, step);
  }
  ASSERT_EQ(average.state().size(), graph.parameters.size());
  for (size_t p = 0; p < expected.size(); ++p) {
    EXPECT_EQ(average.state()[p].name, graph.parameters[p].name);
    EXPECT_NEAR(average.values()[p].values()[0], expected[p], 1e-6);
    EXPECT_NE(average.values()[p].values()[0], tensors[p].values()[0]);
  }
}

}  // namespace
}  // namespace nasnet::network
