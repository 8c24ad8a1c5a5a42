#include "nasnet/data/image_set.h"

#include <algorithm>
#include <numeric>

#include "nasnet/base/check.h"
#include "nasnet/base/random.h"
#include "nasnet/data/resample.h"
#include "nasnet/data/stored_images.h"

// The two kinds of sets differ here alone: whoever wants pixels asks image() with room for them.

namespace nasnet::data {
namespace {

template <class T>
void append_values(const std::vector<T>& others, std::vector<T>& values) {
  values.insert(values.end(), others.begin(), others.end());
}

}  // namespace

const uint8_t* ImageSet::image(int64_t index, uint8_t* room) const {
  if (!stored) return image(index);
  return stored->read(index, {height, width}, room) ? room : nullptr;
}

bool ImageSet::read_part(int64_t index, const ChoosePart& choose, uint8_t* room) const {
  const ImageSize to{height, width};
  if (stored) return stored->read_part(index, choose, to, room);
  resize_part({image(index), int64_t{width} * channels, channels},
              {.part = choose(to), .to = to, .interpolation = Interpolation::kArea}, room);
  return true;
}

ImageSet select_images(const ImageSet& images, const std::vector<int64_t>& indices) {
  ImageSet some{images.height, images.width, images.channels, {}, {}, {}, {}};
  for (const int64_t i : indices) {
    some.labels.push_back(images.labels[i]);
    some.contents.push_back(images.contents[i]);
    if (!images.stored)
      some.pixels.insert(some.pixels.end(), images.image(i),
                         images.image(i) + images.image_bytes());
  }
  if (images.stored) some.stored = images.stored->select(indices);
  return some;
}

void append_images(const ImageSet& others, ImageSet& images) {
  NASNET_CHECK(!others.stored == !images.stored, "both sets are held, or both stored");
  append_values(others.pixels, images.pixels);
  append_values(others.labels, images.labels);
  append_values(others.contents, images.contents);
  if (!images.stored) return;
  std::vector<int64_t> all(images.stored->size());
  std::iota(all.begin(), all.end(), 0);
  const auto both = images.stored->select(all);
  both->append(*others.stored);
  images.stored = both;
}

void limit_images(ImageSet& images, int64_t count) {
  if (count <= 0 || count >= images.size()) return;
  std::vector<int64_t> order(images.size());
  std::iota(order.begin(), order.end(), 0);
  // Shuffled, as many sources are sorted by class; with a seed that is fixed, so that every study
  // keeps the same images. In their order again, so that a limit is no shuffle.
  shuffle(order, Random(0, 0, "limit images"));
  order.resize(count);
  std::sort(order.begin(), order.end());
  images = select_images(images, order);
}

}  // namespace nasnet::data
