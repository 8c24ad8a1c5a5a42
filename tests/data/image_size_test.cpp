#include "nasnet/data/image_size.h"

#include "tests/data/make_files.h"

namespace nasnet::data {
namespace {

DataSet of(int width, int height, std::vector<std::pair<std::string, int64_t>> originals) {
  DataSet data;
  data.train.width = width;
  data.train.height = height;
  data.original_sizes = std::move(originals);
  return data;
}

TEST(ImageSize, IsTheOwnOfSmallEqualPicturesElseASquare) {
  EXPECT_EQ(choose_size({{{28, 20}, 5}}, 0), (ImageSize{28, 20}));
  EXPECT_EQ(choose_size({{{96, 96}, 5}}, 0), (ImageSize{96, 96}));
  EXPECT_EQ(choose_size({{{97, 20}, 5}}, 0), (ImageSize{32, 32}));
  EXPECT_EQ(choose_size({{{28, 28}, 5}, {{28, 29}, 1}}, 0), (ImageSize{32, 32}));
  EXPECT_EQ(choose_size({{{28, 28}, 5}}, 64), (ImageSize{64, 64}));
}

TEST(ImageSize, IsSaidWithItsReason) {
  EXPECT_EQ(describe_size(of(20, 28, {{"20x28", 5}}), {}),
            "images of 20 x 28 pixels, their own size");
  EXPECT_EQ(describe_size(of(32, 32, {{"640x480", 5}}), {}),
            "images resized to 32 x 32 pixels, since 640x480 is more than 96 pixels, cut to its "
            "shape at both sides (--image-size, --resize)");
  EXPECT_EQ(
      describe_size(of(32, 32, {{"640x480", 5}, {"480x640", 1}}), {.preparation = {Resize::kPad}}),
      "images resized to 32 x 32 pixels, since they have 2 sizes, 640x480 most often, with "
      "black borders (--image-size, --resize)");
  EXPECT_EQ(describe_size(of(64, 64, {{"28x28", 5}}),
                          {.image_size = 64, .preparation = {Resize::kStretch}}),
            "images resized to 64 x 64 pixels, as --image-size says, stretched to its shape "
            "(--image-size, --resize)");
}

}  // namespace
}  // namespace nasnet::data
