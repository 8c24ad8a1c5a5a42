#include "nasnet/data/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <numeric>
#include <optional>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/made_ahead.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/random.h"
#include "nasnet/base/thread_pool.h"
#include "nasnet/data/stored_images.h"

// Batches are prepared by a thread of their own, with helpers where images must be decoded, which
// keeps a few ahead of the training. Bytes become floats by a table for each channel. All that is
// random comes from counters (seed, epoch, image), so that a batch is the same wherever an epoch is
// resumed.

namespace nasnet::data {
namespace {

using Tables = std::vector<std::array<float, 256>>;

/// Images drawn in place of one that cannot be read, before that is given up.
constexpr int kMostTries = 100;
/// Unreadable images that are named in warnings of their own.
constexpr int64_t kMostNamed = 10;

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

/// Writes one image of the set, `source`, changed and normalised, pixel by pixel (N x H x W x C in
/// memory). What lies outside the image or in the hole is the mean, which is zero after
/// normalisation.
void write_image(const ImageSet& images, const uint8_t* source, const Change& change,
                 const Tables& tables, float* out) {
  const int height = images.height, width = images.width, channels = images.channels;
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

}  // namespace

/// Read by the threads, and changed only while there are none.
struct Batches::State {
  const ImageSet& images;
  std::vector<int64_t> indices;
  BatchOptions options;
  Tables tables;

  int64_t epoch = 0;
  std::vector<int64_t> order;
  int64_t named = 0;  // unreadable images
  double waited = 0;
  ThreadPool pool{options.threads};
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

  Random draws(int64_t index, const char* purpose) const {
    // By the image, not by its place in the batch: its change is the same in another batch size.
    const uint64_t stream = static_cast<uint64_t>(epoch) << 40 | static_cast<uint64_t>(index);
    return {options.seed, stream, purpose};
  }

  /// The image that is made in place of `index`: itself, unless it is unreadable. Null pixels where
  /// there is none.
  std::pair<int64_t, const uint8_t*> find_readable(int64_t index, uint8_t* room) const {
    const uint8_t* pixels = images.image(index, room);
    if (!options.shuffle) return {index, pixels};
    Random random = draws(index, "instead");
    for (int tries = 0; !pixels && tries < kMostTries; ++tries) {
      index = indices[random.below(static_cast<uint32_t>(indices.size()))];
      pixels = images.image(index, room);
    }
    if (!pixels)
      throw InputError(fmt::format("most images cannot be read; the first: {}",
                                   images.stored->unreadable().front().why));
    return {index, pixels};
  }

  /// False where the image is left out.
  bool make_image(int64_t index, float* out, int64_t& label) {
    std::vector<uint8_t> room(images.stored ? images.image_bytes() : 0);
    const auto [chosen, pixels] = find_readable(index, room.data());
    if (!pixels) return false;
    const Change change = draw_change(options.augmentation, images, draws(chosen, "augment"));
    write_image(images, pixels, change, tables, out);
    label = images.labels[chosen];
    return true;
  }

  Batch make(int64_t number) {
    const int64_t begin = number * options.batch;
    const auto [from, to] = options.share;
    const int64_t whole = std::min<int64_t>(options.batch, std::ssize(order) - begin);
    const int64_t first = begin + from, size = (to > 0 ? to : whole) - from;
    NASNET_CHECK(size > 0, "batches of an epoch have images");
    Batch batch{empty_images(images, size), std::vector<int64_t>(size)};
    float* const pixels = batch.images.change().data();
    const auto image_values = static_cast<int64_t>(images.image_bytes());
    std::vector<uint8_t> made(size);
    pool.for_each(size, [&](int64_t i, int) {
      made[i] = make_image(order[first + i], pixels + i * image_values, batch.labels[i]);
    });
    return std::count(made.begin(), made.end(), 0) == 0 ? batch : without_gaps(batch, made);
  }

  /// The images that were made.
  Batch without_gaps(const Batch& batch, const std::vector<uint8_t>& made) const {
    Batch rest{empty_images(images, std::count(made.begin(), made.end(), 1)), {}};
    float* out = rest.images.change().data();
    const auto image_values = static_cast<int64_t>(images.image_bytes());
    for (size_t i = 0; i < made.size(); ++i) {
      if (!made[i]) continue;
      out = std::copy_n(batch.images.values().data() + i * image_values, image_values, out);
      rest.labels.push_back(batch.labels[i]);
    }
    return rest;
  }

  void warn_of_unreadable() {
    if (!images.stored || named > kMostNamed) return;
    const std::vector<Unreadable> all = images.stored->unreadable();
    for (; named < std::ssize(all) && named <= kMostNamed; ++named)
      warn(named < kMostNamed
               ? all[named].why +
                     (options.shuffle ? ": another image is in its place" : ": left out")
               : "more images cannot be read; they are counted at the end");
  }
};

Batches::Batches(const ImageSet& images, std::vector<int64_t> indices,
                 const Normalization& normalization, BatchOptions options) {
  for (const int64_t index : indices)
    if (index < 0 || index >= images.size())
      throw InputError(fmt::format("image {} of a set of {}", index, images.size()));
  if (options.batch < 1) throw InputError("a batch must have at least one image");
  NASNET_CHECK(images.stored ? images.stored->size() == images.size()
                             : images.pixels.size() == images.labels.size() * images.image_bytes(),
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
    while (number < state->count()) {
      Batch batch = state->make(number++);
      if (!batch.labels.empty()) return std::optional(std::move(batch));
    }
    return std::optional<Batch>();
  });
}

bool Batches::next(Batch& batch) {
  const auto before = std::chrono::steady_clock::now();
  std::optional<Batch> made = state_->ahead.next();
  state_->waited +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count();
  state_->warn_of_unreadable();
  if (!made) return false;
  batch = *std::move(made);
  return true;
}

double Batches::waited() const {
  return state_->waited;
}

Tensor to_input(const ImageSet& images, int64_t first, int64_t count,
                const Normalization& normalization) {
  NASNET_CHECK(first >= 0 && count > 0 && first + count <= images.size());
  const Tables tables = normalization_tables(normalization, images.channels);
  Tensor input = empty_images(images, count);
  float* const pixels = input.change().data();
  for (int64_t i = 0; i < count; ++i)
    write_image(images, images.image(first + i), {}, tables,
                pixels + i * static_cast<int64_t>(images.image_bytes()));
  return input;
}

}  // namespace nasnet::data
