#pragma once

#include <algorithm>

namespace nasnet::boxes {

/// A rectangle by its edges, in pixels: the whole of a 640 x 480 image is {0, 0, 640, 480}.
struct Box {
  float x0 = 0, y0 = 0, x1 = 0, y1 = 0;

  bool operator==(const Box&) const = default;
  float width() const { return x1 - x0; }
  float height() const { return y1 - y0; }
  float area() const { return width() * height(); }
};

/// A rectangle by its left upper corner and its size, as COCO's files write it ("bbox"), and as
/// precise: the metric compares these.
struct Rectangle {
  double x = 0, y = 0, width = 0, height = 0;

  bool operator==(const Rectangle&) const = default;
  double area() const { return width * height; }
};

/// Area of what both have in common; 0 where they only touch.
inline float intersection(const Box& a, const Box& b) {
  const float width = std::min(a.x1, b.x1) - std::max(a.x0, b.x0);
  const float height = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  return width > 0 && height > 0 ? width * height : 0;
}
inline double intersection(const Rectangle& a, const Rectangle& b) {
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/// Intersection over union, 0 to 1; 0 of two boxes without area.
template <class Shape>
auto iou(const Shape& a, const Shape& b) {
  const auto common = intersection(a, b);
  return common > 0 ? common / (a.area() + b.area() - common) : common;
}

/// The share of `inner` that lies in `outer`; 0 where it has no area. So a region that is annotated
/// as a crowd of objects is compared with each of them.
template <class Shape>
auto covered(const Shape& inner, const Shape& outer) {
  const auto common = intersection(inner, outer);
  return common > 0 ? common / inner.area() : common;
}

/// The part of the box that lies in an image of this size; of no area where none does.
inline Box clip(const Box& box, float width, float height) {
  return {std::clamp(box.x0, 0.0F, width), std::clamp(box.y0, 0.0F, height),
          std::clamp(box.x1, 0.0F, width), std::clamp(box.y1, 0.0F, height)};
}

/// Both edges are as long; false where one is NaN.
inline bool has_edges(const Box& box, float least) {
  return box.width() >= least && box.height() >= least;
}

inline Box to_box(const Rectangle& r) {
  return {static_cast<float>(r.x), static_cast<float>(r.y), static_cast<float>(r.x + r.width),
          static_cast<float>(r.y + r.height)};
}

}  // namespace nasnet::boxes
