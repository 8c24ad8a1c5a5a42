#include "nasnet/libtorch/weight_average.h"

#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::libtorch {
namespace {

TEST(WeightAverage, FollowsEveryTensor) {
  const at::NoGradGuard no_gradients;
  Module network(graph::build(space::named_genotype("nasnet-a"),
                              {graph::StackKind::kCifar, 1, 4, 3, {8, 8, 1}, false}),
                 7, c10::kCPU, c10::kDouble);
  WeightAverage average(network, 0.5);
  ASSERT_EQ(average.state().size(), network.graph().parameters.size());
  const auto first = [](const at::Tensor& tensor) { return tensor.flatten()[0].item<double>(); };
  std::vector<double> expected;
  for (const at::Tensor& tensor : network.tensors()) expected.push_back(first(tensor));
  for (int step = 1; step <= 20; ++step) {
    const double decay = std::min(0.5, (1.0 + step) / (10.0 + step));
    for (size_t p = 0; p < expected.size(); ++p) {
      network.tensors()[p].add_(0.1 * static_cast<double>(p % 7) - 0.01 * step);
      expected[p] = decay * expected[p] + (1 - decay) * first(network.tensors()[p]);
    }
    average.update(step);
  }
  for (size_t p = 0; p < expected.size(); ++p) {
    EXPECT_EQ(average.state()[p].name, network.graph().parameters[p].name);
    EXPECT_NEAR(first(average.state()[p].tensor), expected[p], 1e-12);
    EXPECT_NE(first(network.tensors()[p]), first(average.state()[p].tensor));
  }
  average.copy_to_module();
  for (size_t p = 0; p < expected.size(); ++p)
    EXPECT_TRUE(network.tensors()[p].equal(average.state()[p].tensor));
}

}  // namespace
}  // namespace nasnet::libtorch
