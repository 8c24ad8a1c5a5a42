#include <gtest/gtest.h>

#include "tests/fused/model.h"
#include "tests/graph/pyramid.h"

namespace nasnet::fused {
namespace {

TEST(Pyramid, GradientsAreTheSlopesOfTheLoss) {
  const graph::Cut cut = graph::pyramid();
  expect_slopes(cut.graph, cut.outputs);
}

TEST(Pyramid, GradientsThroughFrozenNormsAreTheSlopesOfTheLoss) {
  for (const auto frozen : {graph::FrozenNorms::kStatistics, graph::FrozenNorms::kAll}) {
    graph::Cut cut = graph::pyramid();
    graph::freeze_batch_norms(cut.graph, frozen);
    expect_slopes(cut.graph, cut.outputs);
  }
}

/// With frozen norms and nothing dropped, training computes what inference does.
TEST(Pyramid, WithFrozenNormsTrainingComputesAsInferenceDoes) {
  graph::Cut cut = graph::pyramid("nasnet-c");
  graph::freeze_batch_norms(cut.graph, graph::FrozenNorms::kAll);
  Model model(std::move(cut.graph));
  const std::vector<Tensor> before = model.parameters;
  const std::vector<float> images = some_images(model, 3, 1);
  Executor executor(model.graph, {.threads = 2, .outputs = cut.outputs});
  const std::vector<Tensor> inferred = executor.infer({images.data(), 3}, model.views());
  const std::vector<Tensor> trained =
      executor.train({images.data(), 3}, {.training = true}, model.views()).outputs;
  for (size_t k = 0; k < inferred.size(); ++k)
    for (int64_t i = 0; i < inferred[k].size(); ++i)
      ASSERT_NEAR(trained[k].data()[i], inferred[k].data()[i],
                  1e-3 * (1 + std::abs(inferred[k].data()[i])));
  for (size_t k = 0; k < before.size(); ++k)
    EXPECT_EQ(model.parameters[k].row_major(), before[k].row_major());
}

/// Sizes that do not halve evenly.
TEST(Pyramid, TakesImagesOfAnySize) {
  for (const graph::Shape& size : {graph::Shape{61, 83, 3}, {96, 64, 3}, {33, 127, 3}}) {
    graph::Cut cut = graph::pyramid("nasnet-a", size);
    // Statistics of few pixels are far from linear.
    graph::freeze_batch_norms(cut.graph, graph::FrozenNorms::kStatistics);
    expect_slopes(cut.graph, cut.outputs, 0.06);
  }
}

}  // namespace
}  // namespace nasnet::fused
