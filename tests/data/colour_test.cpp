#include "nasnet/data/augment/colour.h"

#include "tests/data/augment_goldens.h"
#include "tests/data/laws.h"

namespace nasnet::data {
namespace {

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

}  // namespace
}  // namespace nasnet::data
