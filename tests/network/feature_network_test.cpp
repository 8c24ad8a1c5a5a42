#include "nasnet/network/feature_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/cut.h"
#include "nasnet/network/fused_network.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::network {
namespace {

/// A network of which the classifier alone is trained.
class Features : public testing::Test {
 protected:
  Features() {
    Random random(1, 0, "images");
    for (float& value : images_.change()) value = static_cast<float>(random.normal());
  }

  static std::shared_ptr<const graph::Graph> make_graph(graph::StackKind stack) {
    graph::Graph graph = graph::build(
        space::named_genotype("nasnet-a"),
        {.stack = stack, .cells = 1, .filters = 8, .classes = 3, .input = {32, 32, 3}});
    std::vector<bool> trunk(graph.sections.size(), true);
    trunk[static_cast<size_t>(graph.operators[static_cast<size_t>(graph.logits)].section)] = false;
    graph::freeze_sections(graph, trunk);
    return std::make_shared<const graph::Graph>(std::move(graph));
  }

  /// Six steps of a training that goes over the images in another order each time.
  std::vector<Tensor> trained(Network& network) const {
    const auto learner =
        network.learn({.weight_decay = 1e-3, .clip = 1, .average = 0.5, .rate_shares = {}});
    for (int step = 0; step < 6; ++step) {
      const Pass pass = {.training = true, .seed = 3, .step = step};
      const int64_t first = step % 3;
      learner->contribute(images_, labels_, {first, 3}, pass, 0.5, 0)();
      learner->contribute(images_, labels_, {3, 3}, pass, 0.5, 1)();
      learner->add(0, 1);
      learner->step(0.1, step + 1)();
    }
    std::vector<Tensor> all = network.tensors();
    for (const NamedTensor& one : learner->average()) all.push_back(*one.tensor);
    return all;
  }

  Tensor images_{{6, 3, 32, 32}};
  const std::vector<int64_t> labels_ = {0, 2, 1, 1, 0, 2};
};

TEST_F(Features, RememberedOnesAreThoseThatAreComputed) {
  for (const auto stack : {graph::StackKind::kCifar, graph::StackKind::kMobile}) {
    const auto graph = make_graph(stack);
    FeatureNetwork remembers(graph, 3, {}, 1 << 20), forgets(graph, 3, {}, 0);
    const std::vector<Tensor> a = trained(remembers), b = trained(forgets);
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i)
      EXPECT_TRUE(std::ranges::equal(a[i].values(), b[i].values())) << i;
    EXPECT_EQ(remembers.computed(), 6);
    EXPECT_EQ(forgets.computed(), 36);
    EXPECT_TRUE(
        std::ranges::equal(remembers.infer(images_).values(), forgets.infer(images_).values()));
  }
}

TEST_F(Features, TheTrainingIsThatOfTheWholeNetwork) {
  const auto graph = make_graph(graph::StackKind::kCifar);
  FeatureNetwork features(graph, 3, {}, 1 << 20);
  FusedNetwork whole(graph, 3, {});
  const std::vector<Tensor> before = whole.tensors();
  const std::vector<Tensor> a = trained(features), b = trained(whole);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t k = 0; k < a[i].values().size(); ++k)
      ASSERT_NEAR(a[i].values()[k], b[i].values()[k], 1e-4 + 1e-4 * std::abs(b[i].values()[k]));
  for (size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(std::ranges::equal(a[i].values(), before[i].values()),
              graph->parameters[i].frozen || !graph->parameters[i].trainable())
        << graph->parameters[i].name;
}

TEST_F(Features, OfOtherWeightsAreOthers) {
  FeatureNetwork network(make_graph(graph::StackKind::kCifar), 3, {}, 1 << 20);
  network.infer(images_);
  std::vector<Tensor> tensors = network.tensors();
  const std::vector<float> before = network.infer(images_).row_major();
  EXPECT_EQ(network.computed(), 6);
  network.set_tensors(tensors);
  EXPECT_EQ(network.infer(images_).row_major(), before);
  EXPECT_EQ(network.computed(), 6) << "the same weights";
  tensors[0].change()[0] += 1;
  network.set_tensors(tensors);
  EXPECT_NE(network.infer(images_).row_major(), before);
}

TEST_F(Features, NeedAClassifierThatLearnsAlone) {
  EXPECT_TRUE(learns_classifier_alone(*make_graph(graph::StackKind::kCifar)));
  EXPECT_FALSE(learns_classifier_alone(graph::build(
      space::named_genotype("nasnet-a"), {graph::StackKind::kCifar, 1, 8, 3, {32, 32, 3}})));
}

}  // namespace
}  // namespace nasnet::network
