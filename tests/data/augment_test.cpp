// Augmentation beside the programs that it takes its laws from.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nasnet/data/augment/augment.h"
#include "nasnet/data/augment/colour.h"
#include "nasnet/data/augment/crop.h"
#include "nasnet/data/augment/mix.h"
#include "nasnet/data/augment/policy.h"
#include "nasnet/data/preparation.h"
#include "tests/data/augment_goldens.h"

namespace nasnet::data {
namespace {

std::string_view as_text(const std::vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The nine values that a tenth, two tenths, ... of the draws lie below.
std::vector<double> deciles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  std::vector<double> result;
  for (size_t i = 1; i < 10; ++i) result.push_back(values[i * values.size() / 10]);
  return result;
}

template <class Draw>
std::vector<double> draw_many(const Draw& draw) {
  std::vector<double> values;
  for (uint64_t i = 0; i < 20000; ++i) {
    Random random(7, i, "law");
    values.push_back(draw(random));
  }
  return values;
}

void expect_near(const std::vector<double>& values, const std::vector<double>& expected,
                 double tolerance) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], tolerance) << i;
}

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

TEST(Colours, ChangeAsTensorFlowChangesThem) {
  const std::map<std::string, ColourStep> steps = {
      {"saturation 0.5", {ColourStep::Kind::kSaturation, 0.5f}},
      {"saturation 1.5", {ColourStep::Kind::kSaturation, 1.5f}},
      {"hue 0.1", {ColourStep::Kind::kHue, 0.1f}},
      {"hue -0.2", {ColourStep::Kind::kHue, -0.2f}},
      {"contrast 1.5", {ColourStep::Kind::kContrast, 1.5f}},
      {"brightness -0.1", {ColourStep::Kind::kBrightness, -0.1f}}};
  for (const auto& [name, expected] : kChangedColours) {
    std::vector<float> values = kColours;
    change_colours({steps.at(name)}, values.data(), 6);
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(values[i], expected[i], 2e-6) << name << " " << i;
  }
}

TEST(Colours, OfBytesAreCutAndRoundedOnce) {
  std::vector<uint8_t> pixels = {204, 102, 51, 250, 10, 0};
  change_colours({{ColourStep::Kind::kBrightness, 0.1f}}, pixels.data(), 2);
  EXPECT_EQ(pixels, (std::vector<uint8_t>{230, 128, 77, 255, 36, 26}));
  const std::vector<uint8_t> before = pixels;
  change_colours({}, pixels.data(), 2);
  EXPECT_EQ(pixels, before);
}

TEST(Colours, AreDrawnInSlimsOrders) {
  using Kind = ColourStep::Kind;
  std::map<std::vector<Kind>, int> fast, full;
  std::vector<double> brightness, saturation;
  for (uint64_t i = 0; i < 4000; ++i) {
    Random random(3, i, "colours");
    const auto kinds = [](const std::vector<ColourStep>& steps) {
      std::vector<Kind> result;
      for (const ColourStep& step : steps) result.push_back(step.kind);
      return result;
    };
    const auto steps = draw_fast_colours(random);
    ++fast[kinds(steps)];
    for (const ColourStep& step : steps)
      (step.kind == Kind::kBrightness ? brightness : saturation).push_back(step.value);
    ++full[kinds(draw_full_colours(random))];
  }
  EXPECT_NEAR((fast[{Kind::kBrightness, Kind::kSaturation}]), 1000, 100);
  EXPECT_NEAR((fast[{Kind::kSaturation, Kind::kBrightness}]), 3000, 100);
  ASSERT_EQ(full.size(), 4u);
  for (const auto& [order, count] : full) EXPECT_NEAR(count, 1000, 100);
  expect_near({deciles(brightness).front(), deciles(brightness).back(), deciles(saturation)[4]},
              {-0.8 * 32 / 255, 0.8 * 32 / 255, 1.0}, 0.02);
}

TEST(Policy, OperationsGiveTorchvisionsBytes) {
  const char* const kNames[] = {
      "Identity", "ShearX",   "ShearY",    "TranslateX", "TranslateY", "Rotate",       "Brightness",
      "Color",    "Contrast", "Sharpness", "Posterize",  "Solarize",   "AutoContrast", "Equalize"};
  const Image picture = make_picture(37, 29);
  for (const std::string space : {"trivial", "rand"})
    for (int i = 0; i < kImageOperations; ++i) {
      const auto operation = static_cast<ImageOperation>(i);
      std::vector<uint8_t> outputs;
      const auto add = [&](double magnitude) {
        Image image = picture;
        apply(operation, magnitude, image);
        outputs.insert(outputs.end(), image.pixels.begin(), image.pixels.end());
      };
      for (int number = 0; number < kMagnitudes; ++number) {
        const double magnitude = space == "rand" ? rand_magnitude(operation, number, {29, 37})
                                                 : wide_magnitude(operation, number);
        add(magnitude);
        if (has_direction(operation)) add(-magnitude);
      }
      EXPECT_EQ(hash64(as_text(outputs)), kPolicyHashes.at(space + " " + kNames[i]))
          << space << " " << kNames[i];
    }
}

TEST(Policy, OfOnePixelAndOfOneColour) {
  for (int i = 0; i < kImageOperations; ++i)
    for (const ImageSize size : {ImageSize{1, 1}, {1, 7}, {5, 5}}) {
      Image image{size.height, size.width, std::vector<uint8_t>(3 * size.height * size.width, 77)};
      apply(static_cast<ImageOperation>(i), wide_magnitude(static_cast<ImageOperation>(i), 12),
            image);
      EXPECT_EQ(image.pixels.size(), 3u * size.height * size.width);
    }
}

TEST(Policy, OfTrivialAugmentDrawsEveryOperationAlike) {
  std::map<ImageOperation, int> counts;
  int backwards = 0, turned = 0;
  for (uint64_t i = 0; i < 14000; ++i) {
    Random random(5, i, "policy");
    const PolicyStep step = draw_trivial(random);
    ++counts[step.operation];
    if (step.operation != ImageOperation::kRotate || step.magnitude == 0) continue;
    ++turned;
    backwards += step.magnitude < 0;
  }
  EXPECT_EQ(counts.size(), 14u);
  for (const auto& [operation, count] : counts) EXPECT_NEAR(count, 1000, 110);
  EXPECT_NEAR(backwards, turned / 2, 60);
  Random random(6, 0, "policy");
  EXPECT_EQ(draw_rand({224, 224}, 3, 9, random).size(), 3u);
}

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

TEST(Augment, OfDefaultsChangesNothing) {
  Random random(1, 1, "augment");
  Image image = make_picture(20, 10);
  EXPECT_EQ(draw_part({}, {10, 20}, random), (Rect{0, 0, 10, 20}));
  change_pixels({}, image, random);
  EXPECT_EQ(image.pixels, make_picture(20, 10).pixels);
  EXPECT_FALSE(draw_blanked({}, {10, 20}, random));
  EXPECT_EQ(draw_mix({}, {10, 20}, random).share, 1);
  EXPECT_EQ(random.next(), Random(1, 1, "augment").next());
}

TEST(Augment, TakesTheLawsThatAreOn) {
  const AugmentSettings settings{.crop = CropLaw::kInception,
                                 .colour = ColourLaw::kInception,
                                 .policy = Policy::kRand,
                                 .erasing = 0.25,
                                 .mixup = 0.2,
                                 .cutmix = 1};
  int blanked = 0, boxes = 0, changed = 0;
  for (uint64_t i = 0; i < 400; ++i) {
    Random random(9, i, "augment");
    const Rect part = draw_part(settings, {300, 200}, random);
    EXPECT_LT(part.height * part.width, 300 * 200);
    Image image = make_picture(24, 24);
    change_pixels(settings, image, random);
    changed += image.pixels != make_picture(24, 24).pixels;
    blanked += draw_blanked(settings, {24, 24}, random).has_value();
    const Mix mix = draw_mix(settings, {24, 24}, random);
    boxes += mix.box.has_value();
    EXPECT_TRUE(mix.share >= 0 && mix.share <= 1);
  }
  EXPECT_GT(changed, 395);
  EXPECT_NEAR(blanked, 100, 35);
  EXPECT_NEAR(boxes, 200, 40);
}

TEST(Evaluation, OfTimmGivesItsBytes) {
  const Image picture = make_picture(500, 375);
  for (const auto& [edge, share] : {std::pair(224, 0.875), {331, 0.911}})
    EXPECT_EQ(
        hash64(as_text(
            resize(picture, {edge, edge}, {Resize::kCrop, Interpolation::kBicubic, share}).pixels)),
        kTimmHashes.at("timm " + std::to_string(edge)))
        << edge;
}

TEST(Evaluation, OfSlimGivesTensorFlowsBytes) {
  const Preparation slim{Resize::kStretch, Interpolation::kLegacy, 0.875};
  EXPECT_EQ(hash64(as_text(resize(make_picture(61, 47), {24, 20}, slim).pixels)),
            0x60af3ba3966e6c6cu);
  const uint8_t line[] = {10, 60, 110, 160, 210};
  const auto to = [&](int width) {
    return resize_bytes(line, {1, 5}, 1, {1, width}, {Resize::kStretch, Interpolation::kLegacy});
  };
  EXPECT_EQ(to(3), (std::vector<uint8_t>{10, 93, 177}));
  EXPECT_EQ(to(8), (std::vector<uint8_t>{10, 41, 73, 104, 135, 166, 198, 210}));
}

}  // namespace
}  // namespace nasnet::data
