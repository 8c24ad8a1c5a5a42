#include "nasnet/graph/cut.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/graph/count.h"
#include "tests/graph/pyramid.h"

namespace nasnet::graph {
namespace {

Graph mobile() {
  return build(space::named_genotype("nasnet-a"), stack_settings(StackKind::kMobile));
}

bool has_parameter(const Graph& graph, const std::string& name) {
  return std::any_of(graph.parameters.begin(), graph.parameters.end(),
                     [&](const Parameter& parameter) { return parameter.name == name; });
}

TEST(Cut, HasWhatTheOutputsNeedUnderItsOldNames) {
  const Graph whole = mobile();
  const Cut trunk = cut(whole, {whole.endpoint("Cell_6"), whole.endpoint("Cell_7")});
  EXPECT_EQ(trunk.outputs,
            (std::vector<int>{trunk.graph.endpoint("Cell_6"), trunk.graph.endpoint("Cell_7")}));
  EXPECT_EQ(trunk.graph.logits, -1);
  EXPECT_THROW(trunk.graph.endpoint("Cell_8"), InputError);
  EXPECT_TRUE(has_parameter(trunk.graph, "cell_7/1x1/weights"));
  EXPECT_FALSE(has_parameter(trunk.graph, "cell_8/1x1/weights"));
  EXPECT_FALSE(has_parameter(trunk.graph, "final_layer/FC/weights"));
  EXPECT_EQ(trunk.graph.operators[static_cast<size_t>(trunk.outputs[1])].output,
            whole.operators[static_cast<size_t>(whole.endpoint("Cell_7"))].output);
}

/// The paper's detector: conv0, both stem cells and the cells up to the second reduction.
TEST(Cut, OfThePapersDetectorsHasThePublishedSize) {
  StackSettings settings = stack_settings(StackKind::kMobile);
  settings.input = {600, 600, 3};
  const Graph small = build(space::named_genotype("nasnet-a"), settings);
  const Counts mobile =
      count(cut(small, {small.endpoint("Cell_6"), small.endpoint("Cell_7")}).graph);
  EXPECT_EQ(mobile.parameters, 1043506);
  EXPECT_EQ(mobile.multiply_adds, 2757403652);
  settings = stack_settings(StackKind::kLarge);
  settings.input = {1200, 1200, 3};
  const Graph large = build(space::named_genotype("nasnet-a"), settings);
  const Counts big =
      count(cut(large, {large.endpoint("Cell_10"), large.endpoint("Cell_11")}).graph);
  EXPECT_EQ(big.parameters, 20101974);
  EXPECT_EQ(big.multiply_adds, 192911917824);
}

TEST(Tail, OfThePapersDetectorsHasThePublishedSize) {
  const space::Genotype genotype = space::named_genotype("nasnet-a");
  const Counts mobile = count(build_tail(genotype, stack_settings(StackKind::kMobile), 17, 17));
  EXPECT_EQ(mobile.parameters, 3189472);
  EXPECT_EQ(mobile.multiply_adds, 295294560);
  const Graph graph = build_tail(genotype, stack_settings(StackKind::kLarge), 17, 17);
  const Counts large = count(graph);
  EXPECT_EQ(large.parameters, 64618176);
  EXPECT_EQ(large.multiply_adds, 5788504512);
  EXPECT_EQ(graph.total_cells, 22);
  EXPECT_EQ(graph.operators[static_cast<size_t>(graph.endpoint("features"))].output,
            (Shape{9, 9, 4032}));
  for (const Operator& op : graph.operators)
    if (op.kind == OperatorKind::kDropPath) {
      EXPECT_EQ(op.cell_number, 15) << "the first that drops";
      break;
    }
}

TEST(Tail, IsRefusedForSeparateOutputs) {
  EXPECT_THROW(
      build_tail(space::named_genotype("nasnet-b"), stack_settings(StackKind::kMobile), 17, 17),
      InputError);
}

TEST(Cut, OfEverythingIsTheGraph) {
  const Graph whole = mobile();
  const Cut all = cut(whole, {whole.logits});
  EXPECT_EQ(all.outputs, std::vector<int>{whole.logits});
  EXPECT_EQ(all.graph.operators.size(), whole.operators.size());
  EXPECT_EQ(count(all.graph), count(whole));
}

TEST(Cut, SharedParametersAreThereOnce) {
  const Cut cut = pyramid();
  const auto named = [&](const std::string& name) {
    return std::count_if(cut.graph.parameters.begin(), cut.graph.parameters.end(),
                         [&](const Parameter& parameter) { return parameter.name == name; });
  };
  EXPECT_EQ(named("tower/weights"), 1);
  EXPECT_EQ(named("codes/biases"), 1);
  EXPECT_EQ(
      std::count_if(cut.graph.operators.begin(), cut.graph.operators.end(),
                    [&](const Operator& op) {
                      return op.parameter_count > 0 &&
                             cut.graph.parameters[static_cast<size_t>(op.first_parameter)].name ==
                                 "tower/weights";
                    }),
      4);
}

TEST(FreezeBatchNorms, KeepsOrFreesGammaAndBeta) {
  Graph graph = mobile();
  const int64_t all = count(graph).parameters;
  freeze_batch_norms(graph, FrozenNorms::kStatistics);
  EXPECT_EQ(count(graph).parameters, all);
  freeze_batch_norms(graph, FrozenNorms::kAll);
  for (const Parameter& parameter : graph.parameters)
    EXPECT_EQ(parameter.trainable(), parameter.decayed() || parameter.role == ParameterRole::kBias)
        << parameter.name;
}

}  // namespace
}  // namespace nasnet::graph
