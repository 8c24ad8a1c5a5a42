#include "nasnet/data/augment/mix.h"

#include "tests/data/laws.h"

namespace nasnet::data {
namespace {

TEST(Mix, SharesHaveTheBetaDistribution) {
  expect_near(deciles(draw_many([](Random& random) { return draw_beta(1, random); })),
              {.1, .2, .3, .4, .5, .6, .7, .8, .9}, 0.015);
  for (const double alpha : {0.2, 0.4, 3.0}) {
    const auto shares = draw_many([&](Random& random) { return draw_beta(alpha, random); });
    double mean = 0, variance = 0;
    for (const double share : shares) mean += share / 20000;
    for (const double share : shares) variance += (share - mean) * (share - mean) / 20000;
    EXPECT_NEAR(mean, 0.5, 0.01) << alpha;
    EXPECT_NEAR(variance, 1 / (4 * (2 * alpha + 1)), 0.004) << alpha;
  }
}

TEST(Mix, BoxesOfCutMixKeepTheirShare) {
  double uncut = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    Random random(1, i, "cutmix");
    const CutMix cut = draw_cutmix({30, 40}, 1, random);
    EXPECT_NEAR(cut.share, 1 - cut.box.height * cut.box.width / 1200.0, 1e-12);
    EXPECT_GE(cut.box.height, 0);
    EXPECT_LE(cut.box.top + cut.box.height, 30);
    EXPECT_LE(cut.box.left + cut.box.width, 40);
    uncut += cut.share / 2000;
  }
  EXPECT_NEAR(uncut, 0.68, 0.04);  // above a half: boxes are cut at the border
}

TEST(Mix, BlendsPastesAndErases) {
  std::vector<float> a(2 * 3 * 2, 1.0f);
  const std::vector<float> b(12, 5.0f);
  blend(a.data(), b.data(), 12, 0.75f);
  EXPECT_EQ(a, std::vector<float>(12, 2.0f));
  paste(a.data(), b.data(), {2, 3}, 2, {1, 1, 1, 2});
  EXPECT_EQ(a, (std::vector<float>{2, 2, 2, 2, 2, 2, 2, 2, 5, 5, 5, 5}));
  erase(a.data(), {2, 3}, 2, {0, 0, 2, 1});
  EXPECT_EQ(a, (std::vector<float>{0, 0, 2, 2, 2, 2, 0, 0, 5, 5, 5, 5}));
}

TEST(Mix, ErasesByTorchvisionsLaw) {
  const ImageSize size{224, 224};
  const auto areas = draw_many([&](Random& random) {
    const auto part = draw_erased(size, random);
    return part ? part->height * part->width / (224.0 * 224) : 0.02;
  });
  expect_near(deciles(areas), {.05, .08, .11, .14, .17, .20, .23, .26, .29}, 0.012);
  Random random(1, 1, "erase");
  EXPECT_FALSE(draw_erased({1, 300}, random));
}

}  // namespace
}  // namespace nasnet::data
