#include "nasnet/detect/window.h"

#include <algorithm>
#include <cmath>

#include "nasnet/base/check.h"
#include "nasnet/data/preparation.h"

namespace nasnet::detect {

using boxes::Box;

namespace {

data::Image part_of(const data::Image& image, const Window& window) {
  data::Image part{window.height, window.width, {}};
  part.pixels.reserve(size_t{3} * part.height * part.width);
  for (int row = window.top; row < window.top + window.height; ++row) {
    const uint8_t* from = image.pixels.data() + 3 * (int64_t{row} * image.width + window.left);
    part.pixels.insert(part.pixels.end(), from, from + int64_t{3} * window.width);
  }
  return part;
}

/// Uniform in {first, ..., last}.
int draw_between(int first, int last, Random& random) {
  return first + static_cast<int>(random.below(static_cast<uint32_t>(last - first + 1)));
}

/// Where a stretch of `length` begins in [0, whole), so that it holds the pixel `held`; anywhere
/// for -1.
int draw_begin(int whole, int length, int held, Random& random) {
  const int last = whole - length;
  if (held < 0) return draw_between(0, last, random);
  return draw_between(std::max(0, held - length + 1), std::min(last, held), random);
}

}  // namespace

Picture cut_out(const Picture& picture, const Window& window, const data::ImageSize& size) {
  const data::Image& image = picture.image;
  NASNET_CHECK(window.top >= 0 && window.left >= 0 && window.height > 0 && window.width > 0 &&
                   window.top + window.height <= image.height &&
                   window.left + window.width <= image.width,
               "the window lies in the picture");
  Picture cut;
  cut.image = part_of(image, window);
  if (data::ImageSize{window.height, window.width} != size) {
    data::Preparation stretch;
    stretch.resize = data::Resize::kStretch;
    cut.image = data::resize(cut.image, size, stretch);
  }
  const double y = static_cast<double>(size.height) / window.height,
               x = static_cast<double>(size.width) / window.width;
  cut.scale_y = picture.scale_y * y;
  cut.scale_x = picture.scale_x * x;
  const auto inside = [&](const Box& box) {
    const auto left = static_cast<float>(window.left), top = static_cast<float>(window.top);
    return boxes::clip({box.x0 - left, box.y0 - top, box.x1 - left, box.y1 - top},
                       static_cast<float>(window.width), static_cast<float>(window.height));
  };
  const auto scaled = [&](const Box& box) {
    const auto by_x = static_cast<float>(x), by_y = static_cast<float>(y);
    return Box{box.x0 * by_x, box.y0 * by_y, box.x1 * by_x, box.y1 * by_y};
  };
  for (size_t k = 0; k < picture.target.objects.size(); ++k) {
    const Box& whole = picture.target.objects[k];
    const Box part = inside(whole);
    if (!(part.area() > 0)) continue;
    if (part.area() < kObjectShare * whole.area()) {
      cut.target.crowds.push_back(scaled(part));
    } else {
      cut.target.objects.push_back(scaled(part));
      cut.target.labels.push_back(picture.target.labels[k]);
    }
  }
  for (const Box& crowd : picture.target.crowds)
    if (const Box part = inside(crowd); part.area() > 0) cut.target.crowds.push_back(scaled(part));
  return cut;
}

Window draw_window(const Picture& picture, const data::ImageSize& size, Random& random) {
  constexpr double kAnywhere = 0.1;
  const std::vector<Box>& objects = picture.target.objects;
  int row = -1, column = -1;
  if (random.uniform() >= kAnywhere && !objects.empty()) {
    const Box& object = objects[random.below(static_cast<uint32_t>(objects.size()))];
    const auto pixel = [](float from, float to, int edge) {
      return std::clamp(static_cast<int>(std::floor((from + to) / 2)), 0, edge - 1);
    };
    row = pixel(object.y0, object.y1, picture.image.height);
    column = pixel(object.x0, object.x1, picture.image.width);
  }
  Window window{.height = size.height, .width = size.width};
  window.top = draw_begin(picture.image.height, size.height, row, random);
  window.left = draw_begin(picture.image.width, size.width, column, random);
  return window;
}

}  // namespace nasnet::detect
