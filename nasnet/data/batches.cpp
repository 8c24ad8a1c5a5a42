#include "nasnet/data/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <numeric>
#include <optional>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/made_ahead.h"
#include "nasnet/base/random.h"

// Batches are prepared by one thread, which keeps a few ahead of the training. Bytes become floats
// by a table for each channel. All that is random comes from counters (seed, epoch, image), so that
// a batch is the same wherever an epoch is resumed.

namespace nasnet::data {
namespace {

using Tables = std::vector<std::array<float, 256>>;

/// A change that augmentation makes to one image; the default makes none.
struct Change {
  int shift_y = 0, shift_x = 0;
  bool flip = false;
  int hole_top = 0, hole_bottom = 0, hole_left = 0, hole_right = 0;
};

/// Draws in a fixed order: shift, mirroring, hole. Another order would change what a seed gives.
Change draw_change(const Augmentation& augmentation, const ImageSet& images, Random random) {
  Change change;
  if (augmentation.crop_padding > 0) {
    const auto places = static_cast<uint32_t>(2 * augmentation.crop_padding + 1);
    change.shift_y = static_cast<int>(random.below(places)) - augmentation.crop_padding;
    change.shift_x = static_cast<int>(random.below(places)) - augmentation.crop_padding;
  }
  if (augmentation.flip) change.flip = random.below(2) == 1;
  if (augmentation.cutout > 0) {
    // The square's centre is anywhere in the image, so that it may reach over the edge.
    const int y = static_cast<int>(random.below(static_cast<uint32_t>(images.height)));
    const int x = static_cast<int>(random.below(static_cast<uint32_t>(images.width)));
    change.hole_top = std::max(0, y - augmentation.cutout / 2);
    change.hole_left = std::max(0, x - augmentation.cutout / 2);
    change.hole_bottom = std::min(images.height, y - augmentation.cutout / 2 + augmentation.cutout);
    change.hole_right = std::min(images.width, x - augmentation.cutout / 2 + augmentation.cutout);
  }
  return change;
}

/// Writes one image, changed and normalised, pixel by pixel (N x H x W x C in memory). What lies
/// outside the image or in the hole is the mean, which is zero after normalisation.
void write_image(const ImageSet& images, int64_t index, const Change& change, const Tables& tables,
                 float* out) {
  const int height = images.height, width = images.width, channels = images.channels;
  const uint8_t* source = images.image(index);
  for (int y = 0; y < height; ++y) {
    const int from_y = y + change.shift_y;
    const bool hole_row = y >= change.hole_top && y < change.hole_bottom;
    for (int x = 0; x < width; ++x) {
      const int mirrored = change.flip ? width - 1 - x : x;
      const int from_x = mirrored + change.shift_x;
      const bool hole = hole_row && x >= change.hole_left && x < change.hole_right;
      const bool outside = from_y < 0 || from_y >= height || from_x < 0 || from_x >= width;
      if (hole || outside) {
        for (int c = 0; c < channels; ++c) *out++ = 0.0f;
        continue;
      }
      const uint8_t* pixel = source + (int64_t{from_y} * width + from_x) * channels;
      for (int c = 0; c < channels; ++c) *out++ = tables[c][pixel[c]];
    }
  }
}

/// For `count` images of the set's shape; the values are still to be written.
Tensor empty_images(const ImageSet& images, int64_t count) {
  return Tensor({count, images.channels, images.height, images.width});
}

std::vector<int64_t> all_of(const ImageSet& images) {
  std::vector<int64_t> indices(images.size());
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

/// From counts of each byte, by channel.
Normalization normalization_of(const std::vector<std::array<int64_t, 256>>& histogram) {
  Normalization result;
  for (const auto& bins : histogram) {
    double count = 0, sum = 0, squares = 0;
    for (int value = 0; value < 256; ++value) {
      const double n = static_cast<double>(bins[value]);
      count += n;
      sum += n * value / 255.0;
      squares += n * (value / 255.0) * (value / 255.0);
    }
    const double mean = count > 0 ? sum / count : 0.0;
    const double variance = count > 0 ? squares / count - mean * mean : 1.0;
    result.mean.push_back(mean);
    // A channel of one colour must not become infinite.
    result.deviation.push_back(variance > 1e-8 ? std::sqrt(variance) : 1.0);
  }
  return result;
}

}  // namespace

std::vector<std::array<float, 256>> normalization_tables(const Normalization& normalization,
                                                         int channels) {
  if (std::ssize(normalization.mean) != channels || std::ssize(normalization.deviation) != channels)
    throw InputError(fmt::format("the normalisation is for {} channels, the images have {}",
                                 normalization.mean.size(), channels));
  std::vector<std::array<float, 256>> tables(channels);
  for (size_t c = 0; c < tables.size(); ++c)
    for (int value = 0; value < 256; ++value)
      tables[c][value] =
          static_cast<float>((value / 255.0 - normalization.mean[c]) / normalization.deviation[c]);
  return tables;
}

Normalization measure_normalization(const ImageSet& images) {
  return measure_normalization(images, all_of(images));
}

Normalization measure_normalization(const ImageSet& images, const std::vector<int64_t>& indices) {
  const size_t channels = images.channels;
  // Counts are whole numbers: the result does not depend on the images' order.
  std::vector<std::array<int64_t, 256>> histogram(channels);
  for (auto& bins : histogram) bins.fill(0);
  const auto add = [&](int64_t index) {
    const uint8_t* pixel = images.image(index);
    for (size_t i = 0; i < images.image_bytes(); ++i) ++histogram[i % channels][pixel[i]];
  };
  for (const int64_t index : indices) add(index);
  return normalization_of(histogram);
}

Normalization measure_normalization(const std::vector<Image>& images) {
  std::vector<std::array<int64_t, 256>> histogram(3, {{}});
  for (const Image& image : images)
    for (size_t i = 0; i < image.pixels.size(); ++i) ++histogram[i % 3][image.pixels[i]];
  return normalization_of(histogram);
}

/// Read by the thread, and changed only while there is none.
struct Batches::State {
  const ImageSet& images;
  std::vector<int64_t> indices;
  BatchOptions options;
  Tables tables;

  int64_t epoch = 0;
  std::vector<int64_t> order;
  MadeAhead<Batch> ahead{3};  // the last: its thread ends before what it reads

  /// Batches of an epoch.
  int64_t count() const {
    const auto images_left = static_cast<int64_t>(indices.size());
    return options.drop_last ? images_left / options.batch
                             : (images_left + options.batch - 1) / options.batch;
  }

  void shuffle_order() {
    order = indices;
    if (!options.shuffle) return;
    shuffle(order, Random(options.seed, static_cast<uint64_t>(epoch), "shuffle"));
  }

  Batch make(int64_t number) const {
    const int64_t begin = number * options.batch;
    const auto [from, to] = options.share;
    const int64_t whole = std::min<int64_t>(options.batch, std::ssize(order) - begin);
    const int64_t first = begin + from, size = (to > 0 ? to : whole) - from;
    NASNET_CHECK(size > 0, "batches of an epoch have images");
    Batch batch{empty_images(images, size), {}};
    float* const pixels = batch.images.change().data();
    for (int64_t i = 0; i < size; ++i) {
      const int64_t index = order[first + i];
      // By the image, not by its place in the batch: its change is the same in another batch size.
      const uint64_t stream = static_cast<uint64_t>(epoch) << 40 | static_cast<uint64_t>(index);
      const Change change =
          draw_change(options.augmentation, images, Random(options.seed, stream, "augment"));
      write_image(images, index, change, tables,
                  pixels + i * static_cast<int64_t>(images.image_bytes()));
      batch.labels.push_back(images.labels[index]);
    }
    return batch;
  }
};

Batches::Batches(const ImageSet& images, std::vector<int64_t> indices,
                 const Normalization& normalization, BatchOptions options) {
  for (const int64_t index : indices)
    if (index < 0 || index >= images.size())
      throw InputError(fmt::format("image {} of a set of {}", index, images.size()));
  if (options.batch < 1) throw InputError("a batch must have at least one image");
  NASNET_CHECK(images.pixels.size() == images.labels.size() * images.image_bytes(),
               "each label has its image");
  state_.reset(new State{.images = images,
                         .indices = std::move(indices),
                         .options = options,
                         .tables = normalization_tables(normalization, images.channels)});
}

Batches::Batches(const ImageSet& images, const Normalization& normalization, BatchOptions options)
    : Batches(images, all_of(images), normalization, options) {}

Batches::~Batches() = default;

int64_t Batches::batches_per_epoch() const {
  return state_->count();
}

int64_t Batches::images_per_epoch() const {
  const auto images = static_cast<int64_t>(state_->indices.size());
  return state_->options.drop_last ? state_->count() * state_->options.batch : images;
}

void Batches::start(int64_t epoch, int64_t first) {
  NASNET_CHECK(epoch >= 0 && first >= 0);
  state_->ahead.halt();
  state_->epoch = epoch;
  state_->shuffle_order();
  state_->ahead.start([state = state_.get(), number = first]() mutable {
    return number < state->count() ? std::optional(state->make(number++)) : std::nullopt;
  });
}

bool Batches::next(Batch& batch) {
  std::optional<Batch> made = state_->ahead.next();
  if (!made) return false;
  batch = *std::move(made);
  return true;
}

Tensor to_input(const ImageSet& images, int64_t first, int64_t count,
                const Normalization& normalization) {
  NASNET_CHECK(first >= 0 && count > 0 && first + count <= images.size());
  const Tables tables = normalization_tables(normalization, images.channels);
  Tensor input = empty_images(images, count);
  float* const pixels = input.change().data();
  for (int64_t i = 0; i < count; ++i)
    write_image(images, first + i, {}, tables,
                pixels + i * static_cast<int64_t>(images.image_bytes()));
  return input;
}

}  // namespace nasnet::data
