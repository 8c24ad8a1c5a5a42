#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet::boxes {

/// A line of a text of boxes: shares of the image's width and height.
struct YoloObject {
  int64_t line = 0;  ///< from 1
  int64_t category = 0;
  double x = 0, y = 0, width = 0, height = 0;  ///< x and y of the centre
};

/// Parses a text of boxes in YOLO's form, a line an object: the number of its class, then the
/// centre's x and y, width and height. A sixth number, a confidence, is passed over; more are the
/// corners of a polygon, of which the bounding box is taken. Throws InputError that names the file
/// and the line for anything else: numbers beyond 0 to 1 (with a hundredth beyond), other counts of
/// numbers, classes that are no whole number.
std::vector<YoloObject> parse_yolo_labels(std::string_view text, const std::string& path);

}  // namespace nasnet::boxes
