#include <gtest/gtest.h>

#include "tests/detect/small_detector.h"

namespace nasnet::detect {
namespace {

/// An upper left part of the squares' picture.
Picture part(int64_t number, int height, int width) {
  Picture picture = squares(number);
  std::vector<uint8_t> pixels;
  for (int row = 0; row < height; ++row) {
    const auto from = picture.image.pixels.begin() + std::ptrdiff_t{3} * 128 * row;
    pixels.insert(pixels.end(), from, from + std::ptrdiff_t{3} * width);
  }
  picture.image = {height, width, pixels};
  return picture;
}

/// Twice through more sizes than a detector keeps networks for, so that each is made twice.
TEST(CanvasSizes, OfAnyNumberFindWhatASingleOneDoes) {
  const auto many = small_detector(Neck::kPyramid, 2);
  const auto numbers_of = [](const std::vector<std::vector<Detected>>& found) {
    std::vector<float> numbers;
    for (const Detected& one : found.at(0)) {
      const boxes::Box& box = one.box;
      numbers.insert(numbers.end(), {box.x0, box.y0, box.x1, box.y1, one.score});
    }
    return numbers;
  };
  for (int round = 0; round < 2; ++round)
    for (const int height : {32, 64, 96})
      for (const int width : {32, 64, 96, 128}) {
        const Picture picture = part(1, height, width);
        const ImageBatch batch = make_batch({&picture}, kNormalization);
        const std::vector<float> found = numbers_of(many->detect(batch));
        EXPECT_FALSE(found.empty());
        EXPECT_EQ(found, numbers_of(small_detector(Neck::kPyramid, 1)->detect(batch)));
      }
}

/// Each batch is of another size than the one before it.
TEST(CanvasSizes, OfAnyNumberTrainTheSameParameters) {
  PictureSource mixed = source(12);
  mixed.size = [](int64_t n) {
    return data::ImageSize{96 - static_cast<int>(n) % 3 * 32, 128 - static_cast<int>(n) % 4 * 32};
  };
  mixed.picture = [size = mixed.size](int64_t n) { return part(0, size(n).height, size(n).width); };
  std::vector<std::vector<std::vector<float>>> weights;
  for (const int threads : {1, 2}) {
    const auto detector = small_detector(Neck::kPyramid, threads);
    DetectorTrainer trainer(*detector, mixed, kNormalization, {.epochs = 2, .batch = 1}, 7);
    EXPECT_TRUE(trainer.run());
    weights.push_back(weights_of(*detector));
  }
  EXPECT_EQ(weights[0], weights[1]);
}

}  // namespace
}  // namespace nasnet::detect
