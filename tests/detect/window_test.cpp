#include "nasnet/detect/window.h"

#include "tests/detect/painted.h"

namespace nasnet::detect {
namespace {

using boxes::Box;

Picture two_objects() {
  Picture picture = black(40, 60);
  paint(picture, {10, 8, 20, 18}, 0);
  paint(picture, {30, 20, 50, 36}, 2);
  return picture;
}

TEST(Window, ObjectsAreClippedToIt) {
  const Picture cut =
      cut_out(two_objects(), {.top = 6, .left = 5, .height = 24, .width = 40}, {24, 40});
  EXPECT_EQ(cut.target.objects, (std::vector<Box>{{5, 2, 15, 12}, {25, 14, 40, 24}}));
  EXPECT_EQ(cut.target.labels, (std::vector<int>{0, 2}));
  expect_on_paint(cut, 0);
}

/// At another size, which differs by axis.
TEST(Window, ObjectsGrowWithIt) {
  const Picture cut =
      cut_out(two_objects(), {.top = 0, .left = 0, .height = 40, .width = 60}, {80, 90});
  EXPECT_EQ(cut.target.objects, (std::vector<Box>{{15, 16, 30, 36}, {45, 40, 75, 72}}));
  expect_on_paint(cut, 1);
  EXPECT_EQ(cut.scale_y, 2);
  EXPECT_EQ(cut.scale_x, 1.5);
}

TEST(Window, AnObjectOfWhichLittleIsInItIsIgnored) {
  // 29 and 30 of the hundred columns of an object.
  for (const auto& [left, ignored] : {std::pair{81, true}, {80, false}}) {
    Picture picture = black(20, 200);
    paint(picture, {10, 0, 110, 10}, 1);
    const Picture cut =
        cut_out(picture, {.top = 0, .left = left, .height = 20, .width = 100}, {20, 100});
    EXPECT_EQ(cut.target.crowds.size(), ignored ? 1U : 0U);
    EXPECT_EQ(cut.target.objects.size(), ignored ? 0U : 1U);
    EXPECT_EQ(cut.target.labels.size(), cut.target.objects.size());
    const Box& left_of_it = ignored ? cut.target.crowds[0] : cut.target.objects[0];
    EXPECT_EQ(left_of_it, (Box{0, 0, static_cast<float>(110 - left), 10}));
  }
}

TEST(Window, LeavesOutWhatIsNotInIt) {
  Picture picture = two_objects();
  picture.target.crowds = {{0, 0, 30, 20}, {52, 0, 60, 5}};
  const Picture cut = cut_out(picture, {.top = 0, .left = 20, .height = 20, .width = 30}, {20, 30});
  EXPECT_TRUE(cut.target.objects.empty());  // both only touch it
  EXPECT_EQ(cut.target.crowds, (std::vector<Box>{{0, 0, 10, 20}}));
}

TEST(Window, IsDrawnWithAnObjectsCentreInNineOfTen) {
  Picture picture = black(40, 60);
  paint(picture, {56, 37, 60, 40}, 0);
  int with = 0;
  for (uint64_t k = 0; k < 1000; ++k) {
    Random random(1, k, "window");
    const Window window = draw_window(picture, {8, 10}, random);
    EXPECT_TRUE(window.top >= 0 && window.left >= 0 && window.top <= 32 && window.left <= 50);
    EXPECT_TRUE(window.height == 8 && window.width == 10);
    with += window.top + 8 > 38 && window.left + 10 > 58 ? 1 : 0;
  }
  // Anywhere is one of 33 x 51 places, so that of a hundred some may have it.
  EXPECT_NEAR(with, 900, 40);
}

TEST(Window, IsDrawnAnywhereInAPictureWithoutObjects) {
  std::vector<int> tops;
  for (uint64_t k = 0; k < 200; ++k) {
    Random random(1, k, "window");
    tops.push_back(draw_window(black(10, 10), {8, 10}, random).top);
  }
  EXPECT_EQ(*std::ranges::min_element(tops), 0);
  EXPECT_EQ(*std::ranges::max_element(tops), 2);
}

}  // namespace
}  // namespace nasnet::detect
