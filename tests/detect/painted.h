#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "nasnet/detect/picture.h"

namespace nasnet::detect {

/// A black picture.
inline Picture black(int height, int width) {
  Picture picture;
  picture.image = {height, width, std::vector<uint8_t>(size_t{3} * height * width)};
  return picture;
}

/// Adds an object of this label, whose pixels are white in the label's channel.
inline void paint(Picture& picture, const boxes::Box& box, int label) {
  ASSERT_TRUE(box == boxes::clip(box, static_cast<float>(picture.image.width),
                                 static_cast<float>(picture.image.height)));
  for (int row = static_cast<int>(box.y0); row < static_cast<int>(box.y1); ++row)
    for (int column = static_cast<int>(box.x0); column < static_cast<int>(box.x1); ++column)
      picture.image.pixels[static_cast<size_t>(3 * (row * picture.image.width + column) + label)] =
          255;
  picture.target.objects.push_back(box);
  picture.target.labels.push_back(label);
}

/// The least box around the pixels that are bright in the channel; of no area if there are none.
inline boxes::Box painted(const data::Image& image, int channel) {
  boxes::Box box{static_cast<float>(image.width), static_cast<float>(image.height), 0, 0};
  for (int row = 0; row < image.height; ++row)
    for (int column = 0; column < image.width; ++column) {
      if (image.pixels[static_cast<size_t>(3 * (row * image.width + column) + channel)] < 128)
        continue;
      box = {std::min(box.x0, static_cast<float>(column)),
             std::min(box.y0, static_cast<float>(row)),
             std::max(box.x1, static_cast<float>(column + 1)),
             std::max(box.y1, static_cast<float>(row + 1))};
    }
  return box.x1 > box.x0 ? box : boxes::Box{};
}

/// Every object's box is where its paint is, to a pixel share. Boxes of one label must not be two.
inline void expect_on_paint(const Picture& picture, float tolerance) {
  for (size_t k = 0; k < picture.target.objects.size(); ++k) {
    const boxes::Box& box = picture.target.objects[k];
    const boxes::Box paint = painted(picture.image, picture.target.labels[k]);
    EXPECT_NEAR(box.x0, paint.x0, tolerance);
    EXPECT_NEAR(box.y0, paint.y0, tolerance);
    EXPECT_NEAR(box.x1, paint.x1, tolerance);
    EXPECT_NEAR(box.y1, paint.y1, tolerance);
  }
}

}  // namespace nasnet::detect
