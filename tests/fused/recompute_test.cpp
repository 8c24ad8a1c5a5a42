#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "nasnet/fused/executor.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/cut.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/plan/plan.h"
#include "nasnet/space/genotypes.h"
#include "tests/fused/model.h"
#include "tests/space/random_genotype.h"

// Cells that are computed again on the way back: all bits are those of a pass that keeps them.

namespace nasnet::fused {
namespace {

graph::Graph stacked(const space::Genotype& genotype, int cells = 2, bool auxiliary = true) {
  return graph::build(genotype, {graph::StackKind::kCifar, cells, 4, 5, {16, 16, 3}, auxiliary});
}

/// All that a training pass leaves behind.
struct Left {
  std::vector<float> outputs, gradients, statistics, slope;
  bool operator==(const Left&) const = default;
};

struct Way {
  int cells = 0;
  int threads = 1;
  bool bf16 = false;
};

Left train(const graph::Graph& graph, const std::vector<int>& outputs, const Way& way,
           int64_t count = 3) {
  Model model(graph);
  Executor executor(model.graph, {.bf16 = way.bf16, .threads = way.threads, .outputs = outputs});
  const std::vector<float> images = some_images(model, count, 1);
  graph::Pass pass = kTraining;
  pass.recomputed_cells = way.cells;
  Executor::Trained trained = executor.train({images.data(), count, true}, pass, model.views());
  double loss = 0;
  const std::vector<Tensor> above = weighted(trained.outputs, loss);
  Left left;
  left.slope.assign(images.size(), 0.0f);
  trained.pass->backward(above, model.places(), left.slope.data());
  for (const Tensor& output : trained.outputs)
    left.outputs.insert(left.outputs.end(), output.values().begin(), output.values().end());
  left.gradients = model.all_gradients();
  for (const Tensor& parameter : model.parameters)
    left.statistics.insert(left.statistics.end(), parameter.values().begin(),
                           parameter.values().end());
  return left;
}

int recomputable(const graph::Graph& graph, const std::vector<int>& outputs = {}) {
  return plan::make_plan(graph, {.training = true, .outputs = outputs, .image_gradient = true})
      .recomputed.of;
}

void expect_same_bits(const graph::Graph& graph, const std::vector<int>& outputs = {},
                      bool bf16 = false) {
  const Left kept = train(graph, outputs, {.bf16 = bf16});
  const int all = recomputable(graph, outputs);
  for (const int cells : {1, all / 2, all - 1, all}) {
    const Left again = train(graph, outputs, {.cells = cells, .bf16 = bf16});
    EXPECT_EQ(again.outputs, kept.outputs) << cells;
    EXPECT_EQ(again.gradients, kept.gradients) << cells;
    EXPECT_EQ(again.statistics, kept.statistics) << cells;
    EXPECT_EQ(again.slope, kept.slope) << cells;
  }
  EXPECT_EQ(train(graph, outputs, {.cells = all, .threads = 2, .bf16 = bf16}), kept);
}

TEST(Recompute, OfPublishedCellsChangesNoBit) {
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    const graph::Graph graph = stacked(space::named_genotype(name), 1);
    EXPECT_GT(recomputable(graph), 2);
    expect_same_bits(graph);
  }
}

TEST(Recompute, OfRandomCellsChangesNoBit) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(seed);
    expect_same_bits(stacked(space::random_genotype(seed), 1, seed % 2 == 0));
  }
}

TEST(Recompute, OfImageNetStacksChangesNoBit) {
  const space::Genotype genotype = space::named_genotype("nasnet-a");
  for (const auto kind : {graph::StackKind::kMobile, graph::StackKind::kLarge}) {
    const graph::StackSettings stack{kind, 1,           kind == graph::StackKind::kMobile ? 44 : 24,
                                     5,    {64, 64, 3}, true};
    expect_same_bits(graph::build(genotype, stack));
  }
}

TEST(Recompute, InBf16ChangesNoBit) {
  if (!kernels::can_multiply_bf16()) GTEST_SKIP() << "no products of bf16";
  expect_same_bits(stacked(space::named_genotype("nasnet-a")), {}, true);
  expect_same_bits(stacked(space::random_genotype(5)), {}, true);
}

TEST(Recompute, WithOutputsOfCellsChangesNoBit) {
  const graph::Graph graph = stacked(space::named_genotype("nasnet-a"));
  std::vector<int> outputs = {graph.logits};
  for (int cell = 0; cell < 6; ++cell)
    outputs.push_back(graph.endpoint(fmt::format("Cell_{}", cell)));
  expect_same_bits(graph, outputs);
  expect_same_bits(graph, {outputs[2], outputs[4]});
}

TEST(Recompute, AmongFrozenLayersChangesNoBit) {
  for (uint64_t seed = 0; seed < 6; ++seed) {
    SCOPED_TRACE(seed);
    graph::Graph graph = stacked(space::named_genotype("nasnet-a"));
    std::vector<bool> frozen(graph.sections.size());
    for (size_t i = 0; i < frozen.size(); ++i) frozen[i] = (seed * 7 + i * i) % 3 != 0;
    graph::freeze_sections(graph, frozen);
    expect_same_bits(graph);
  }
}

/// Passes that are under way at once have values of their own.
TEST(Recompute, OfPassesThatOverlapChangesNoBit) {
  Model model(stacked(space::named_genotype("nasnet-a")));
  const std::vector<float> images = some_images(model, 6, 1);
  const auto gradients = [&](int cells) {
    Executor executor(model.graph, {});
    graph::Pass pass = kTraining;
    pass.recomputed_cells = cells;
    std::vector<Executor::Trained> trained;
    for (int k = 0; k < 2; ++k) {
      pass.seed = static_cast<uint64_t>(k);
      const int64_t values = model.graph->operators[0].output.elements();
      trained.push_back(executor.train({images.data() + 3 * k * values, 3}, pass, model.views()));
    }
    model.forget_gradients();
    for (Executor::Trained& one : trained) {
      double loss = 0;
      one.pass->backward(weighted(one.outputs, loss), model.places());
    }
    return model.all_gradients();
  };
  EXPECT_EQ(gradients(4), gradients(0));
}

}  // namespace
}  // namespace nasnet::fused
