#pragma once

#include <array>
#include <string>
#include <vector>

#include "nasnet/boxes/box.h"
#include "nasnet/boxes/detection_set.h"
#include "nasnet/data/image.h"

namespace nasnet::boxes {

/// A box as it is to be seen.
struct DrawnBox {
  Box box;
  int label = 0;     ///< chooses the colour
  std::string text;  ///< on a plate at the box's upper left corner; "" for none
  bool dashed = false;
};

/// Red, green and blue.
using Colour = std::array<uint8_t, 3>;

/// Colours go round a wheel by the golden angle: those of few classes are far apart, and a class
/// has the same in every picture.
Colour label_colour(int label);

/// "cat 87 %": of a class and a score from 0 to 1.
std::string scored_text(const std::string& name, double score);

/// Draws frames whose outer edges are the boxes', rounded to whole pixels; their lines are a 200th
/// of the picture's longer side wide, and lie within. Then plates with the texts, above the boxes
/// where there is room. What lies beyond the picture is cut off.
void draw_boxes(const std::vector<DrawnBox>& boxes, data::Image& image);

/// The annotated objects of an image, crowds and difficult ones dashed. Those that are not usable
/// have no box to draw.
std::vector<DrawnBox> annotated_boxes(const DetectionImage& image,
                                      const std::vector<Category>& categories);

}  // namespace nasnet::boxes
