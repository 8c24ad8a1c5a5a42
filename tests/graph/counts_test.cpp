#include <gtest/gtest.h>

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/space/genotypes.h"
#include "tests/graph/published_tables.h"
#include "tests/space/random_genotype.h"

namespace nasnet::graph {
namespace {

Graph nasnet_a(StackKind stack, int cells, int filters, int classes, int input,
               bool auxiliary = false) {
  return build(space::named_genotype("nasnet-a"),
               {stack, cells, filters, classes, {input, input, 3}, auxiliary});
}

void expect_counts(const Graph& graph, int64_t parameters, int64_t statistics,
                   int64_t multiply_adds) {
  const Counts counts = count(graph);
  EXPECT_EQ(counts.parameters, parameters);
  EXPECT_EQ(counts.statistics, statistics);
  EXPECT_EQ(counts.multiply_adds, multiply_adds);
}

void expect_rows(const Graph& graph, const std::vector<PublishedRow>& rows) {
  const std::vector<Counts> counts = count_sections(graph);
  ASSERT_EQ(graph.sections.size(), rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    SCOPED_TRACE(rows[i].name);
    const Section& section = graph.sections[i];
    EXPECT_EQ(section.name, rows[i].name);
    EXPECT_EQ(section.in, rows[i].in);
    EXPECT_EQ(section.previous, rows[i].previous);
    EXPECT_EQ(section.out, rows[i].out);
    EXPECT_EQ(counts[i].parameters, rows[i].parameters);
    EXPECT_EQ(counts[i].statistics, rows[i].statistics);
    EXPECT_EQ(counts[i].multiply_adds, rows[i].multiply_adds);
  }
}

TEST(Counts, CifarTotals) {
  expect_counts(nasnet_a(StackKind::kCifar, 6, 32, 10, 32), 3346538, 37248, 544333312);
  expect_counts(nasnet_a(StackKind::kCifar, 4, 32, 10, 32), 2320618, 26496, 388259328);
  expect_counts(nasnet_a(StackKind::kCifar, 2, 32, 10, 32), 1294698, 15744, 232185344);
  expect_counts(nasnet_a(StackKind::kCifar, 2, 24, 10, 32), 757906, 11808, 136390272);
  expect_counts(nasnet_a(StackKind::kCifar, 3, 24, 10, 32), 1053922, 15840, 181941888);
  expect_counts(nasnet_a(StackKind::kCifar, 6, 24, 10, 32), 1941970, 27936, 318596736);
  expect_counts(nasnet_a(StackKind::kCifar, 7, 96, 10, 32), 32590954, 127872, 5151250944);
  expect_counts(nasnet_a(StackKind::kCifar, 6, 96, 10, 32), 28213546, 111744, 4501903872);
}

/// The stem cells of an ImageNet stack have a quarter and half of its filters: of four to seven,
/// one.
TEST(Counts, NothingIsOfNoFilters) {
  for (const StackKind stack : {StackKind::kMobile, StackKind::kLarge, StackKind::kPnasnetMobile}) {
    for (int filters = 4; filters < 8; ++filters) {
      for (uint64_t seed = 0; seed < 20; ++seed) {
        const Graph graph =
            build(space::random_genotype(seed), {stack, 1, filters, 10, {64, 64, 3}, false});
        for (const Operator& op : graph.operators)
          ASSERT_GT(op.output.channels, 0) << to_text(stack) << " " << filters << " " << seed;
      }
    }
  }
}

TEST(Counts, AuxiliaryHead) {
  const Counts with = count(nasnet_a(StackKind::kCifar, 6, 32, 10, 32, true), true);
  EXPECT_EQ(with.parameters, 4978036);
  EXPECT_EQ(with.statistics, 39040);
  expect_counts(nasnet_a(StackKind::kCifar, 6, 32, 10, 32, true), 3346538, 37248, 544333312);
  EXPECT_EQ(count(nasnet_a(StackKind::kMobile, 4, 44, 1000, 224, true), true).parameters, 7701218);
  EXPECT_EQ(count(nasnet_a(StackKind::kLarge, 6, 168, 1000, 331, true), true).parameters, 93320934);
}

TEST(Counts, ImagenetTotals) {
  expect_counts(nasnet_a(StackKind::kMobile, 4, 44, 1000, 224), 5289978, 36738, 563638816);
  expect_counts(nasnet_a(StackKind::kMobile, 4, 44, 1001, 224), 5291035, 36738, 563639872);
  expect_counts(nasnet_a(StackKind::kLarge, 6, 168, 1000, 331), 88753150, 196668, 23783414658);
  expect_counts(nasnet_a(StackKind::kLarge, 6, 168, 1001, 331), 88757183, 196668, 23783418690);
  expect_counts(nasnet_a(StackKind::kMobile, 5, 64, 1000, 299), 12247544, 64160, 2552240432);
  expect_counts(nasnet_a(StackKind::kMobile, 7, 80, 1000, 299), 24595884, 107064, 5226678524);
}

TEST(Counts, PnasnetTotals) {
  const auto pnasnet = [](StackKind stack) {
    return build(space::named_genotype("pnasnet-5"), stack_settings(stack));
  };
  const Graph large = pnasnet(StackKind::kPnasnetLarge);
  expect_counts(large, 86057668, 176988, 24937395792);
  expect_counts(pnasnet(StackKind::kPnasnetMobile), 5064487, 33664, 587293200);
  // Endpoint shapes of the released test suite; every cell of a stage ends alike.
  const auto shape = [&](const char* name) { return large.operators[large.endpoint(name)].output; };
  EXPECT_EQ(shape("Stem"), (Shape{42, 42, 540}));
  EXPECT_EQ(shape("Cell_0"), (Shape{42, 42, 1080}));
  EXPECT_EQ(shape("Cell_3"), (Shape{42, 42, 1080}));
  EXPECT_EQ(shape("Cell_4"), (Shape{21, 21, 2160}));
  EXPECT_EQ(shape("Cell_11"), (Shape{11, 11, 4320}));
  EXPECT_EQ(large.total_cells, 14);  // num_cells + 2
}

TEST(Counts, WholeNetworksAndWithoutTheirHead) {
  const auto expect = [](const Graph& graph, int64_t total, int64_t without_head) {
    const Counts counts = count(graph);
    EXPECT_EQ(counts.parameters + counts.statistics, total);
    if (without_head == 0) return;
    EXPECT_EQ(graph.sections.back().name, "FC");
    const Counts head = count_sections(graph).back();
    EXPECT_EQ(counts.parameters - head.parameters, without_head);
    EXPECT_EQ(head.statistics, 0);
  };
  expect(nasnet_a(StackKind::kCifar, 6, 32, 10, 32), 3383786, 0);
  expect(nasnet_a(StackKind::kMobile, 4, 44, 1000, 224), 5326716, 4232978);
  expect(nasnet_a(StackKind::kMobile, 4, 44, 1001, 224), 5327773, 4232978);
  expect(nasnet_a(StackKind::kLarge, 6, 168, 1000, 331), 88949818, 84720150);
  expect(nasnet_a(StackKind::kLarge, 6, 168, 1001, 331), 88953851, 84720150);
}

TEST(Counts, NumbersOfTensors) {
  const auto expect = [](StackKind stack, int all, int trainable, int convolutions, int norms) {
    SCOPED_TRACE(to_text(stack));
    const Graph graph = build(space::named_genotype("nasnet-a"), stack_settings(stack));
    int trained = 0, convolution = 0, gammas = 0;
    for (const Parameter& parameter : graph.parameters) {
      trained += parameter.trainable();
      convolution += parameter.role == ParameterRole::kConvWeight ||
                     parameter.role == ParameterRole::kDepthwiseWeight;
      gammas += parameter.role == ParameterRole::kGamma;
    }
    EXPECT_EQ(graph.parameters.size(), static_cast<size_t>(all));
    EXPECT_EQ(trained, trainable);
    EXPECT_EQ(convolution, convolutions);
    EXPECT_EQ(gammas, norms);
    // PyTorch's batch norms have a counter besides.
    EXPECT_EQ(all + gammas, stack == StackKind::kMobile ? 1318 : 1810);
  };
  expect(StackKind::kMobile, 1126, 742, 356, 192);
  expect(StackKind::kLarge, 1546, 1018, 488, 264);
}

/// Every endpoint of the released test suites.
TEST(Counts, EndpointShapes) {
  struct Group {
    int last;  ///< Cell_ up to this number
    Shape shape;
    const char* after = "";
    Shape after_shape = {};
  };
  const auto expect = [](const char* genotype, StackKind stack, const Shape& stem,
                         const std::vector<Group>& groups) {
    SCOPED_TRACE(to_text(stack));
    const Graph graph = build(space::named_genotype(genotype), stack_settings(stack));
    const auto shape = [&](const std::string& name) {
      return graph.operators[graph.endpoint(name)].output;
    };
    EXPECT_EQ(shape("Stem"), stem);
    int cell = 0;
    for (const Group& group : groups) {
      for (; cell <= group.last; ++cell)
        EXPECT_EQ(shape("Cell_" + std::to_string(cell)), group.shape) << cell;
      if (*group.after) {
        EXPECT_EQ(shape(group.after), group.after_shape);
      }
    }
    EXPECT_EQ(shape("global_pool"), (Shape{1, 1, groups.back().shape.channels}));
    EXPECT_EQ(graph.operators[graph.logits].output, (Shape{1, 1, stack_settings(stack).classes}));
  };
  expect("nasnet-a", StackKind::kCifar, {32, 32, 96},
         {{5, {32, 32, 192}, "Reduction_Cell_0", {16, 16, 256}},
          {11, {16, 16, 384}, "Reduction_Cell_1", {8, 8, 512}},
          {17, {8, 8, 768}}});
  expect("nasnet-a", StackKind::kMobile, {28, 28, 88},
         {{3, {28, 28, 264}, "Reduction_Cell_0", {14, 14, 352}},
          {7, {14, 14, 528}, "Reduction_Cell_1", {7, 7, 704}},
          {11, {7, 7, 1056}}});
  expect("nasnet-a", StackKind::kLarge, {42, 42, 336},
         {{5, {42, 42, 1008}, "Reduction_Cell_0", {21, 21, 1344}},
          {11, {21, 21, 2016}, "Reduction_Cell_1", {11, 11, 2688}},
          {17, {11, 11, 4032}}});
  expect("pnasnet-5", StackKind::kPnasnetLarge, {42, 42, 540},
         {{3, {42, 42, 1080}}, {7, {21, 21, 2160}}, {11, {11, 11, 4320}}});
  expect("pnasnet-5", StackKind::kPnasnetMobile, {28, 28, 135},
         {{2, {28, 28, 270}}, {5, {14, 14, 540}}, {8, {7, 7, 1080}}});
}

TEST(Counts, CellTables) {
  expect_rows(nasnet_a(StackKind::kCifar, 6, 32, 10, 32), cifar_rows());
  expect_rows(nasnet_a(StackKind::kMobile, 4, 44, 1000, 224), mobile_rows());
  expect_rows(nasnet_a(StackKind::kLarge, 6, 168, 1000, 331), large_rows());
}

TEST(Counts, PublishedSizeOfNasnetC) {
  // 3.1 M in the paper's Table 1 for 4 @ 640; 3.17 M with plain 1xk-kx1 convolutions.
  const Counts counts =
      count(build(space::named_genotype("nasnet-c"), {StackKind::kCifar, 4, 32, 10}));
  EXPECT_NEAR(static_cast<double>(counts.parameters), 3.17e6, 0.01e6);
}

TEST(Build, EveryNamedGenotypeStacks) {
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    for (const int input : {28, 32, 33, 16, 7}) {
      const Graph graph = build(space::named_genotype(name),
                                {StackKind::kCifar, 1, 8, 7, {input, input + 2, 1}, true});
      EXPECT_EQ(graph.operators[graph.logits].output, (Shape{1, 1, 7}));
      EXPECT_GT(count(graph).multiply_adds, 0);
    }
  }
}

TEST(Build, ParameterNamesAreUnique) {
  for (const std::string& name : space::genotype_names()) {
    const Graph graph =
        build(space::named_genotype(name), {StackKind::kCifar, 2, 8, 10, {32, 32, 3}, true});
    std::vector<std::string> names;
    for (const Parameter& parameter : graph.parameters) names.push_back(parameter.name);
    std::sort(names.begin(), names.end());
    EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end()) << name;
  }
}

TEST(Build, RefusesWhatIsNoNetwork) {
  const space::Genotype genotype = space::named_genotype("nasnet-a");
  EXPECT_THROW(build(genotype, {StackKind::kCifar, 0, 32, 10}), InputError);
  EXPECT_THROW(build(genotype, {StackKind::kCifar, 1, 0, 10}), InputError);
  EXPECT_THROW(build(genotype, {StackKind::kCifar, 1, 32, 1}), InputError);
  EXPECT_THROW(build(genotype, {StackKind::kCifar, 1, 32, 10, {2, 32, 3}}), InputError);
  space::Genotype mixed = genotype;
  mixed.reduction = space::named_genotype("nasnet-b").reduction;
  EXPECT_THROW(build(mixed, {StackKind::kCifar, 1, 32, 10}), InputError);
}

TEST(Build, OddFiltersSplitTheFactorizedReduction) {
  const Graph graph =
      build(space::named_genotype("nasnet-a"), {StackKind::kMobile, 1, 44, 10, {64, 64, 3}});
  const Graph odd = build(space::named_genotype("nasnet-a"), {StackKind::kCifar, 1, 7, 10});
  EXPECT_GT(count(graph).parameters, 0);
  EXPECT_EQ(odd.operators[odd.endpoint("Cell_0")].output, (Shape{32, 32, 42}));
}

}  // namespace
}  // namespace nasnet::graph
