#include "nasnet/boxes/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "nasnet/boxes/stroke_face.h"
#include "nasnet/data/write_png.h"

namespace nasnet::boxes {
namespace {

data::Image white(int width, int height) {
  return {height, width, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3, 255)};
}

Colour at(const data::Image& image, int x, int y) {
  const uint8_t* pixel = image.pixels.data() + 3 * (static_cast<size_t>(y) * image.width + x);
  return {pixel[0], pixel[1], pixel[2]};
}

constexpr Colour kWhite = {255, 255, 255};

TEST(Draw, LinesLieExactlyOnTheBox) {
  data::Image image = white(400, 300);  // lines of two pixels
  draw_boxes({{{50, 60.4F, 120.6F, 200}, 3, ""}}, image);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const bool within = x >= 50 && x < 121 && y >= 60 && y < 200;
      const bool inside = x >= 52 && x < 119 && y >= 62 && y < 198;
      EXPECT_EQ(at(image, x, y), within && !inside ? label_colour(3) : kWhite) << x << " " << y;
    }
}

TEST(Draw, DashedLinesHaveGaps) {
  data::Image image = white(100, 100);
  draw_boxes({{{10, 10, 90, 90}, 0, "", true}}, image);
  EXPECT_EQ(at(image, 12, 10), label_colour(0));
  EXPECT_EQ(at(image, 15, 10), kWhite);
}

TEST(Draw, NothingIsWrittenBeyondThePicture) {
  data::Image image = white(30, 20);
  const float far = 1e30F;
  draw_boxes({{{-50, -50, 80, 80}, 0, "a name that is wider than the picture"},
              {{-far, -far, far, far}, 1, "x"},
              {{25, 15, 200, 200}, 2, "y"},
              {{5, 5, 5, 5}, 3, "z"},
              {{9, 9, 3, 3}, 3, ""}},
             image);
  EXPECT_EQ(image.pixels.size(), 30u * 20 * 3);
}

TEST(Draw, TextStandsOnAPlateAboveTheBox) {
  data::Image image = white(640, 480);
  draw_boxes({{{100, 200, 300, 400}, 5, "cat 87 %"}}, image);
  EXPECT_EQ(at(image, 101, 199), label_colour(5));
  EXPECT_EQ(at(image, 99, 199), kWhite);
  int ink = 0;
  for (int y = 180; y < 200; ++y)
    for (int x = 100; x < 200; ++x)
      if (at(image, x, y) != label_colour(5) && at(image, x, y) != kWhite) ++ink;
  EXPECT_GT(ink, 100);
}

TEST(Draw, NeighbouringClassesHaveColoursOfTheirOwn) {
  std::set<Colour> colours;
  for (int label = 0; label < 80; ++label) colours.insert(label_colour(label));
  EXPECT_EQ(colours.size(), 80u);
}

TEST(StrokeFace, EveryCharacterHasInkOfItsOwn) {
  std::set<std::vector<uint8_t>> masks;
  for (char c = '!'; c <= '~'; ++c) {
    const TextMask mask = draw_text(std::string(1, c), 24);
    EXPECT_GT(*std::max_element(mask.coverage.begin(), mask.coverage.end()), 200) << c;
    masks.insert(mask.coverage);
  }
  EXPECT_EQ(masks.size(), 94u);
}

TEST(StrokeFace, LettersLoseTheirMarksAndUnknownOnesBecomeFrames) {
  EXPECT_EQ(draw_text("Äpfel", 12).coverage, draw_text("Apfel", 12).coverage);
  EXPECT_EQ(draw_text("猫", 12).coverage, draw_text("犬", 12).coverage);
  EXPECT_EQ(draw_text("\xff", 12).coverage, draw_text("猫", 12).coverage);
  EXPECT_EQ(draw_text("", 12).coverage.empty(), false) << "a mask may have no ink";
}

TEST(WritePng, IsReadAsItWas) {
  data::Image image = white(17, 5);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(i * 7);
  const data::Image again = data::decode(data::encode_png(image), "x.png");
  EXPECT_EQ(again.width, 17);
  EXPECT_EQ(again.pixels, image.pixels);
}

}  // namespace
}  // namespace nasnet::boxes
