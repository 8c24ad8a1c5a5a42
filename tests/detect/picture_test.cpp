#include "nasnet/detect/picture.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nasnet/base/file.h"

namespace nasnet::detect {
namespace {

using nlohmann::json;

class GoldenPictures : public testing::Test {
 protected:
  void SetUp() override {
    const std::string file = NASNET_SOURCE_DIR "/../shared/data/detection/boxes.json";
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "../shared/data/detection is not there";
    all = json::parse(read_file(file))["resize"];
    settings = {.shortest = all["min_size"], .longest = all["max_size"]};
  }
  Picture grey(const json& size, uint8_t value, const std::vector<boxes::Object>& objects = {}) {
    const int height = size[0], width = size[1];
    return make_picture(
        {height, width, std::vector<uint8_t>(static_cast<size_t>(3 * height * width), value)},
        objects, settings);
  }
  json all;
  ResizeSettings settings;
};

TEST_F(GoldenPictures, HaveTorchvisionsSizesAndBoxes) {
  for (const json& row : all["cases"]) {
    SCOPED_TRACE(row["image"].dump());
    boxes::Object object;
    object.box = {1.5F, 2.25F, row["image"][1].get<float>() - 1,
                  row["image"][0].get<float>() - 0.5F};
    const Picture picture = grey(row["image"], 9, {object});
    EXPECT_EQ((std::vector<int>{picture.image.height, picture.image.width}),
              row["resized"].get<std::vector<int>>());
    const auto [height, width] = canvas_of({picture.image.height, picture.image.width});
    EXPECT_EQ((std::vector<int>{height, width}), row["padded"].get<std::vector<int>>());
    const boxes::Box& box = picture.target.objects.at(0);
    const float edges[] = {box.x0, box.y0, box.x1, box.y1};
    for (size_t k = 0; k < 4; ++k) EXPECT_NEAR(edges[k], row["box"][k].get<float>(), 1e-4);
  }
}

/// Of one colour each, 0.5 and 0.25, between those that bytes can tell: the sum is linear in both.
TEST_F(GoldenPictures, AreNormalisedAndPaddedAsTorchvisionDoes) {
  const json& golden = all["batch"];
  const auto sum_of = [&](uint8_t first, uint8_t second) {
    const Picture a = grey(golden["images"][0], first), b = grey(golden["images"][1], second);
    const ImageBatch batch = make_batch({&a, &b}, {{0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}});
    EXPECT_EQ(batch.images.shape(), golden["tensor"].get<std::vector<int64_t>>());
    for (size_t n = 0; n < 2; ++n)
      EXPECT_EQ((std::vector<int>{batch.content[n].height, batch.content[n].width}),
                golden["sizes"][n].get<std::vector<int>>());
    double sum = 0;
    for (const float value : batch.images.values()) sum += value;
    return sum;
  };
  const double black = sum_of(0, 0);
  const double sum = black + 0.5 * (sum_of(255, 0) - black) + 0.25 * (sum_of(0, 255) - black);
  EXPECT_NEAR(sum, golden["sum"].get<double>(), 0.02);  // of 60,000 floats
}

}  // namespace
}  // namespace nasnet::detect
