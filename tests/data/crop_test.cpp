#include "nasnet/data/augment/crop.h"

#include <cmath>

#include "tests/data/laws.h"

namespace nasnet::data {
namespace {

TEST(Crop, OfInceptionHasTensorFlowsLaw) {
  const auto areas = [](ImageSize size) {
    return deciles(draw_many([&](Random& random) {
      const Rect part = draw_inception_crop(size, random);
      EXPECT_LE(part.top + part.height, size.height);
      EXPECT_LE(part.left + part.width, size.width);
      const double share = 1.0 * part.height * part.width / (1.0 * size.height * size.width);
      EXPECT_GE(share, 0.1);
      return share;
    }));
  };
  // 20,000 draws of sample_distorted_bounding_box.
  expect_near(areas({375, 500}), {.139, .184, .233, .290, .355, .425, .500, .583, .693}, 0.012);
  expect_near(areas({500, 333}), {.133, .169, .212, .260, .312, .368, .430, .497, .585}, 0.012);
  // Aspect ratios are uniform where every one fits.
  expect_near(deciles(draw_many([](Random& random) {
                const Rect part = draw_inception_crop({4000, 4000}, random, 0.1);
                return 1.0 * part.width / part.height;
              })),
              {.80, .86, .92, .98, 1.03, 1.09, 1.15, 1.21, 1.27}, 0.03);
}

TEST(Crop, OfTorchvisionHasItsLaw) {
  const ImageSize size{4000, 4000};
  // A range in which all fit: areas uniform, ratios uniform in their logarithm.
  const CropRange range{.least_area = 0.1, .most_area = 0.6};
  const auto draw = [&](Random& random) { return draw_resized_crop(size, range, random); };
  expect_near(deciles(draw_many([&](Random& random) {
                const Rect part = draw(random);
                return 1.0 * part.height * part.width / (4000.0 * 4000);
              })),
              {.15, .20, .25, .30, .35, .40, .45, .50, .55}, 0.01);
  std::vector<double> ratios;
  for (int i = 1; i < 10; ++i)
    ratios.push_back(std::exp(std::log(0.75) + 0.1 * i * std::log(16.0 / 9)));
  expect_near(deciles(draw_many([&](Random& random) {
                const Rect part = draw(random);
                return 1.0 * part.width / part.height;
              })),
              ratios, 0.02);
  // Every place alike: the first row and the last.
  const auto tops = deciles(draw_many([&](Random& random) {
    const Rect part = draw(random);
    return 1.0 * part.top / (size.height - part.height);
  }));
  expect_near(tops, {.1, .2, .3, .4, .5, .6, .7, .8, .9}, 0.015);
}

TEST(Crop, WhereNothingFitsIsTheMiddle) {
  Random random(1, 2, "crop");
  EXPECT_EQ(draw_resized_crop({10, 1000}, {0.5, 1}, random), (Rect{0, 493, 10, 13}));
  EXPECT_EQ(draw_resized_crop({1000, 10}, {0.5, 1}, random), (Rect{493, 0, 13, 10}));
  EXPECT_EQ(draw_inception_crop({2, 1000}, random), (Rect{0, 0, 2, 1000}));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(draw_resized_crop({1, 1}, {}, random), (Rect{0, 0, 1, 1}));
    EXPECT_EQ(draw_inception_crop({1, 1}, random), (Rect{0, 0, 1, 1}));
  }
}

}  // namespace
}  // namespace nasnet::data
