#include "nasnet/network/fused_learner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/network/fused_network.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::network {
namespace {

class FusedLearners : public testing::Test {
 protected:
  FusedLearners() {
    Random random(1, 0, "images");
    for (float& value : images_.change()) value = static_cast<float>(random.normal());
  }

  FusedNetwork make() const { return FusedNetwork(graph_, 3, {}); }

  /// The tensors after one step of gradient descent by these replicas.
  std::vector<Tensor> step(const std::vector<Part>& replicas, double clip = 0) const {
    FusedNetwork network = make();
    const auto learner = network.learn({.momentum = 0, .clip = clip});
    double images = 0;
    for (const Part& replica : replicas) images += static_cast<double>(replica.count);
    for (size_t k = 0; k < replicas.size(); ++k) {
      learner->contribute(images_, labels_, replicas[k], pass_,
                          static_cast<double>(replicas[k].count) / images, k)();
      // Whatever a replica does, the next one starts from the same network.
      const std::vector<Tensor> fresh = make().tensors();
      for (size_t i = 0; i < fresh.size(); ++i)
        EXPECT_TRUE(std::ranges::equal(network.tensors()[i].values(), fresh[i].values()));
    }
    for (size_t k = replicas.size(); k-- > 1;) learner->add(k - 1, k);
    learner->step(0.5, 1)();
    return network.tensors();
  }

  const std::shared_ptr<const graph::Graph> graph_ = std::make_shared<const graph::Graph>(
      graph::build(space::named_genotype("nasnet-a"),
                   {graph::StackKind::kCifar, 1, 4, 3, {8, 8, 1}, false}));
  Tensor images_{{6, 1, 8, 8}};
  const std::vector<int64_t> labels_ = {0, 2, 1, 1, 0, 2};
  const Pass pass_ = {.training = true, .step = 100};
};

/// Weights and running statistics alike: all are linear in what a replica gives.
TEST_F(FusedLearners, AStepOfReplicasIsTheMeanOfTheirSteps) {
  const std::vector<Tensor> whole = step({{0, 2}, {2, 2}, {4, 2}});
  const std::vector<Tensor> alone[] = {step({{0, 2}}), step({{2, 2}}), step({{4, 2}})};
  const std::vector<Tensor> before = make().tensors();
  double changed = 0;
  for (size_t i = 0; i < whole.size(); ++i)
    for (size_t k = 0; k < whole[i].values().size(); ++k) {
      const double mean =
          (double{alone[0][i].values()[k]} + alone[1][i].values()[k] + alone[2][i].values()[k]) / 3;
      ASSERT_NEAR(whole[i].values()[k], mean, 1e-5 + 1e-4 * std::abs(mean))
          << graph_->parameters[i].name;
      changed = std::max(changed, std::abs(double{before[i].values()[k]} - mean));
    }
  EXPECT_GT(changed, 0.01);
}

TEST_F(FusedLearners, ReplicasCountByTheirImages) {
  const std::vector<Tensor> whole = step({{0, 4}, {4, 2}});
  const std::vector<Tensor> large = step({{0, 4}}), small = step({{4, 2}});
  for (size_t i = 0; i < whole.size(); ++i)
    for (size_t k = 0; k < whole[i].values().size(); ++k) {
      const double mean = (2 * double{large[i].values()[k]} + small[i].values()[k]) / 3;
      ASSERT_NEAR(whole[i].values()[k], mean, 1e-5 + 1e-4 * std::abs(mean))
          << graph_->parameters[i].name;
    }
}

}  // namespace
}  // namespace nasnet::network
