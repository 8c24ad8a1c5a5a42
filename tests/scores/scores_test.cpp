#include "nasnet/scores/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/builder.h"
#include "nasnet/graph/nasbench201.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/nasbench201.h"
#include "tests/scores/with_torch.h"
#include "tests/space/random_genotype.h"

namespace nasnet::scores {
namespace {

using Found = std::map<std::string, double>;

const std::vector<Score> kAll = values_of_all<Score>();

Tensor some_images(int64_t count, int64_t edge, uint64_t seed = 1) {
  Tensor images({count, 3, edge, edge});
  Random random(seed, 0, "images");
  for (float& value : images.change()) value = static_cast<float>(random.normal());
  return images;
}

graph::Graph child(const space::Genotype& genotype, bool auxiliary = false) {
  return graph::build(genotype, {.stack = graph::StackKind::kCifar,
                                 .cells = 1,
                                 .filters = 8,
                                 .input = {16, 16, 3},
                                 .auxiliary_head = auxiliary});
}

class ScoresOfTorch : public WithTorch {
 protected:
  void expect_equal(const std::vector<graph::Graph>& graphs, const Tensor& images) {
    std::vector<nlohmann::json> files;
    for (const graph::Graph& graph : graphs) files.push_back(network_file(graph, 5, images));
    const std::vector<ThreeScores> wanted = ask(files);
    const Scorer scorer(kAll, images);
    for (size_t k = 0; k < wanted.size(); ++k) {
      SCOPED_TRACE(k);
      const Found found = scorer.of(graphs[k], 5);
      const auto compare = [&](const char* name, double value, double tolerance) {
        ASSERT_EQ(found.contains(name), std::isfinite(value)) << name << " " << value;
        if (std::isfinite(value)) {
          EXPECT_NEAR(found.at(name), value, tolerance * std::abs(value)) << name;
        }
      };
      compare("jacov", wanted[k][0], 1e-4);
      // A code's place flips where a value is 0 but for roundings.
      compare("naswot", wanted[k][1], 1e-5);
      compare("synflow", wanted[k][2], 1e-12);
    }
  }
};

TEST_F(ScoresOfTorch, CellsOfTheNasnetSpace) {
  std::vector<graph::Graph> graphs;
  for (uint64_t seed = 0; seed < 4; ++seed)
    graphs.push_back(child(space::random_genotype(seed), seed % 2 == 1));
  graphs.push_back(child(space::named_genotype("nasnet-b")));  // separate outputs
  expect_equal(graphs, some_images(32, 16));
}

TEST_F(ScoresOfTorch, CellsOfNasbench201) {
  const space::Nasbench201Space space;
  std::vector<graph::Graph> graphs;
  for (const char* cell :
       {"|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_3x3~1|none~2|",
        "|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|avg_pool_3x3~2|",
        "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|none~1|skip_connect~2|",
        "|avg_pool_3x3~0|+|none~0|none~1|+|none~0|avg_pool_3x3~1|none~2|",
        "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"})
    graphs.push_back(graph::build_nasbench201(space.parse(cell),
                                              {.cells = 1, .filters = 8, .input = {16, 16, 3}}));
  expect_equal(graphs, some_images(32, 16));
}

/// As torch_scores.py has printed them: of the random genotypes 0 and 1, NASNet-B, and a cell of
/// NAS-Bench-201, with the parameters of seed 5.
TEST(Scores, AreTheGoldenOnes) {
  const space::Nasbench201Space space;
  struct Golden {
    graph::Graph graph;
    double jacov, naswot, synflow;
  };
  const std::vector<Golden> all = {
      {child(space::random_genotype(0)), -33.007971369, 339.54680168, 60.89873034976388},
      {child(space::random_genotype(1)), -32.830163847, 341.605607097, 60.49672648829623},
      {child(space::named_genotype("nasnet-b")), -32.9927065777, 343.073252768, 54.61317434335417},
      {graph::build_nasbench201(
           space.parse("|avg_pool_3x3~0|+|none~0|none~1|+|none~0|avg_pool_3x3~1|none~2|"),
           {.cells = 1, .filters = 8, .input = {16, 16, 3}}),
       -46.0633952905, 251.824946347, 17.24413657362919}};
  const Scorer scorer(kAll, some_images(32, 16));
  for (const Golden& one : all) {
    const Found found = scorer.of(one.graph, 5);
    EXPECT_NEAR(found.at("jacov"), one.jacov, 1e-4 * std::abs(one.jacov));
    EXPECT_NEAR(found.at("naswot"), one.naswot, 1e-5 * one.naswot);
    EXPECT_NEAR(found.at("synflow"), one.synflow, 1e-12 * one.synflow);
  }
}

TEST(Scores, DependOnSeedAndImagesAlone) {
  const Tensor images = some_images(24, 16);
  const graph::Graph graph = child(space::random_genotype(3));
  const Found found = Scorer(kAll, images).of(graph, 1);
  EXPECT_EQ(found.size(), 3u);
  for (const int threads : {1, 2, 5})
    EXPECT_EQ(Scorer(kAll, images, threads).of(graph, 1), found) << threads;
  for (const Score score : kAll) {
    const Found alone = Scorer({score}, images).of(graph, 1);
    EXPECT_EQ(alone, Found({{to_text(score), found.at(to_text(score))}}));
  }
  EXPECT_EQ(Scorer(kAll, images).of(child(space::random_genotype(3), true), 1), found)
      << "the auxiliary head takes no part";
  const Found other_seed = Scorer(kAll, images).of(graph, 2);
  const Found other_images = Scorer(kAll, some_images(24, 16, 2)).of(graph, 1);
  for (const auto& [name, value] : found) {
    EXPECT_NE(other_seed.at(name), value);
    EXPECT_EQ(other_images.at(name) == value, name == "synflow") << name;
  }
}

/// An order of the images is none of the scores'.
TEST(Scores, DoNotDependOnTheOrderOfTheImages) {
  const Tensor images = some_images(16, 16);
  Tensor turned(images.shape());
  const int64_t size = images.size() / 16;
  for (int64_t n = 0; n < 16; ++n)
    std::copy_n(images.data() + n * size, size, turned.change().data() + (15 - n) * size);
  const graph::Graph graph = child(space::named_genotype("nasnet-a"));
  const Found one = Scorer(kAll, images).of(graph, 1), other = Scorer(kAll, turned).of(graph, 1);
  for (const auto& [name, value] : one)
    EXPECT_NEAR(other.at(name), value, 1e-5 * std::abs(value)) << name;
}

/// Filters of ones and minus ones, so that all can be reckoned by hand.
struct ByHand {
  explicit ByHand(int layers) {
    graph.settings.input = {2, 2, 1};
    graph::Builder builder(graph);
    builder.begin_section("all", {2, 2, 1}, {});
    int x = builder.input({2, 2, 1});
    for (int i = 0; i < layers; ++i)
      x = builder.batch_norm(builder.conv(builder.relu(x), fmt::format("conv_{}", i), 1),
                             fmt::format("norm_{}", i));
    graph.logits = builder.linear(builder.global_pool(builder.relu(x)), "FC", 2);
    builder.end_section(graph.logits);
  }
  graph::Graph graph;
};

Tensor tiny_images(const std::vector<std::vector<float>>& images) {
  Tensor result({std::ssize(images), 1, 2, 2});
  std::vector<float> all;
  for (const std::vector<float>& image : images) all.insert(all.end(), image.begin(), image.end());
  result.set_row_major(all);
  return result;
}

/// Without convolutions: a ReLU of the images, their mean, and weights whose sum is s. The gradient
/// of an image is s/4 where it is positive.
TEST(Scores, TwoImagesByHand) {
  const ByHand network(0);
  // Gradients (1, 1, 0, 0) and (1, 0, 1, 0): no correlation, both eigenvalues are 1. Codes agree in
  // two places of four: the determinant is 16 - 4.
  const Found unlike =
      Scorer(kAll, tiny_images({{1, 2, -1, -2}, {3, -1, 1, -1}})).of(network.graph, 1);
  EXPECT_NEAR(unlike.at("jacov"), -2 * (std::log(1 + 1e-5) + 1 / (1 + 1e-5)), 1e-9);
  EXPECT_NEAR(unlike.at("naswot"), std::log(12.0), 1e-12);
  // Gradients (1, 1, 0, 0) and (1, 1, 1, 0), correlation 1 / sqrt(3).
  const Found alike =
      Scorer(kAll, tiny_images({{1, 2, -1, -2}, {3, 1, 1, -1}})).of(network.graph, 1);
  double wanted = 0;
  for (const double v : {1 - 1 / std::sqrt(3.0), 1 + 1 / std::sqrt(3.0)})
    wanted -= std::log(v + 1e-5) + 1 / (v + 1e-5);
  EXPECT_NEAR(alike.at("jacov"), wanted, 1e-6);
  EXPECT_NEAR(alike.at("naswot"), std::log(16.0 - 9.0), 1e-12);
}

/// A path of n weights, each once: R = |w1| ... |wn| (|a| + |b|), and each layer's share of the sum
/// of |w dR/dw| is R.
TEST(Scores, SynflowOfAChainIsLayersTimesItsProduct) {
  for (const int layers : {1, 3, 10}) {
    const ByHand network(layers);
    double flow = layers + 1;
    for (const graph::Parameter& parameter : network.graph.parameters) {
      if (!parameter.decayed()) continue;
      double sum = 0;
      for (const float w : graph::initial_values(parameter, 4)) sum += std::abs(w);
      flow *= sum;
    }
    const Found found =
        Scorer({Score::kSynflow}, tiny_images({{0, 0, 0, 0}, {0, 0, 0, 0}})).of(network.graph, 4);
    EXPECT_NEAR(found.at("synflow"), std::log(flow), 1e-12);
  }
}

TEST(Scores, AreMissingWithoutASignal) {
  const ByHand network(0);
  // Equal images: equal codes, a matrix of ones.
  const Found equal =
      Scorer(kAll, tiny_images({{1, 2, -1, -2}, {1, 2, -1, -2}})).of(network.graph, 1);
  EXPECT_FALSE(equal.contains("naswot"));
  EXPECT_TRUE(equal.contains("jacov"));
  EXPECT_TRUE(equal.contains("synflow"));
  // Nothing passes a ReLU: gradients of 0 have no correlation.
  const Found dark =
      Scorer(kAll, tiny_images({{-1, -2, -1, -2}, {-1, -1, -1, -1}})).of(network.graph, 1);
  EXPECT_FALSE(dark.contains("jacov"));
  EXPECT_FALSE(dark.contains("naswot"));
  const Found no_numbers =
      Scorer(kAll, tiny_images({{NAN, 2, 1, 2}, {1, 1, INFINITY, 1}})).of(network.graph, 1);
  for (const auto& [name, value] : no_numbers) EXPECT_TRUE(std::isfinite(value)) << name;
}

TEST(Scores, RefuseImagesThatTheyCannotCompare) {
  EXPECT_THROW(Scorer(kAll, Tensor()), InputError);
  EXPECT_THROW(Scorer(kAll, some_images(1, 16)), InputError);
  EXPECT_THROW(Scorer(kAll, some_images(4, 15)).of(child(space::random_genotype(1)), 1),
               InputError);
}

}  // namespace
}  // namespace nasnet::scores
