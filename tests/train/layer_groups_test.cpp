#include "nasnet/train/layer_groups.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::train {
namespace {

graph::Graph make(graph::StackKind stack, bool auxiliary) {
  const int edge = stack == graph::StackKind::kCifar ? 16 : 64;
  return graph::build(space::named_genotype("nasnet-a"), {.stack = stack,
                                                          .cells = 1,
                                                          .filters = 8,
                                                          .classes = 5,
                                                          .input = {edge, edge, 3},
                                                          .auxiliary_head = auxiliary});
}

TEST(LayerGroups, RatesFallFromTheHeadsToTheStem) {
  const graph::Graph graph = make(graph::StackKind::kMobile, true);
  EXPECT_EQ(describe_rates(graph, 0.5, 0.64),
            "0.64 heads, 0.32 cell_2, 0.16 reduction_cell_1, 0.08 cell_1, 0.04 reduction_cell_0, "
            "0.02 cell_0, 0.01 cell_stem_1, 0.005 cell_stem_0, 0.0025 conv0");
  const std::vector<double> shares = rate_shares(graph, 0.5);
  ASSERT_EQ(shares.size(), graph.parameters.size());
  for (size_t i = 0; i < shares.size(); ++i) {
    const std::string& name = graph.parameters[i].name;
    if (name.starts_with("conv0")) {
      EXPECT_EQ(shares[i], 1.0 / 256) << name;
    }
    if (name.starts_with("cell_1/")) {
      EXPECT_EQ(shares[i], 1.0 / 8) << name;
    }
    if (name.starts_with("aux_") || name.starts_with("final_layer")) {
      EXPECT_EQ(shares[i], 1) << name;
    }
  }
  EXPECT_TRUE(rate_shares(graph, 1).empty());
}

TEST(LayerGroups, FrozenLayersAreNamed) {
  const auto frozen = [](const std::string& freeze) {
    graph::Graph graph = make(graph::StackKind::kCifar, true);
    freeze_layers(graph, freeze);
    const std::string text = describe_rates(graph, 1, 1);
    return text.substr(std::min(text.size(), text.find("; ")));
  };
  EXPECT_EQ(frozen("none"), "");
  EXPECT_EQ(frozen("stem"), "; frozen: l1_stem");
  EXPECT_EQ(frozen("0"), "; frozen: l1_stem");
  EXPECT_EQ(frozen("2"), "; frozen: reduction_cell_0, cell_0, l1_stem");
  EXPECT_EQ(frozen("5"), frozen("trunk"));
  EXPECT_EQ(frozen("trunk"),
            "; frozen: cell_2, reduction_cell_1, cell_1, reduction_cell_0, cell_0, l1_stem");
  for (const std::string wrong : {"6", "-1", "all", "", "1.5"})
    EXPECT_THROW(frozen(wrong), InputError) << wrong;
}

}  // namespace
}  // namespace nasnet::train
