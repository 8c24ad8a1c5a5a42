#include "nasnet/data/augment/augment.h"

#include <gtest/gtest.h>

#include "nasnet/data/augment/policy.h"
#include "nasnet/data/preparation.h"
#include "tests/data/augment_goldens.h"

namespace nasnet::data {
namespace {

std::string_view as_text(const std::vector<uint8_t>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
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
