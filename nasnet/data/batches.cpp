#include "nasnet/data/batches.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <numeric>
#include <optional>
#include <set>
#include <string>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/made_ahead.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/random.h"
#include "nasnet/base/thread_pool.h"
#include "nasnet/data/stored_images.h"

// Batches are prepared by a thread of their own and its helpers, a few ahead of the training. All
// that is random comes from counters (seed, epoch, image), so that a batch is the same wherever an
// epoch is resumed.

namespace nasnet::data {
namespace {

/// Images drawn in place of one that cannot be read, before that is given up.
constexpr int kMostTries = 100;
/// Unreadable images that are named in warnings of their own.
constexpr int64_t kMostNamed = 10;

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
  InputImages inputs;

  int64_t epoch = 0;
  std::vector<int64_t> order;
  std::set<std::string> named;  // unreadable images
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

  Draws draws() const { return {options.seed, epoch}; }

  /// Makes the image, or another one in its place where it is unreadable; the index of the one that
  /// was made, or nothing where it is left out.
  std::optional<int64_t> make_image(int64_t index, float* out) const {
    int64_t chosen = index;
    Random instead = draws()(index, "instead");
    for (int tries = 0; !inputs.write(chosen, draws(), out); ++tries) {
      if (!options.shuffle) return std::nullopt;
      if (tries == kMostTries)
        throw InputError(fmt::format("most images cannot be read; the first: {}",
                                     images.stored->unreadable().front().why));
      chosen = indices[instead.below(static_cast<uint32_t>(indices.size()))];
    }
    return chosen;
  }

  Batch make(int64_t number) {
    const int64_t begin = number * options.batch;
    const int64_t first = options.share.first, last = options.share.last;
    const int64_t whole = std::min<int64_t>(options.batch, std::ssize(order) - begin);
    const int64_t size = (last > 0 ? last : whole) - first;
    NASNET_CHECK(size > 0, "batches of an epoch have images");
    // Each is mixed with the next of the whole batch, and the last with the first.
    const int64_t extra = inputs.mixes() ? 1 : 0;
    Tensor made = empty_images(images, size + extra);
    float* const values = made.change().data();
    const auto image_values = static_cast<int64_t>(images.image_bytes());
    std::vector<std::optional<int64_t>> chosen(size + extra);
    pool.for_each(size + extra, [&](int64_t i, int) {
      chosen[i] = make_image(order[begin + (first + i) % whole], values + i * image_values);
    });
    Batch batch;
    if (extra > 0) mix(chosen, values, batch);
    // Those that were made, without gaps.
    int64_t count = 0;
    for (int64_t i = 0; i < size; ++i) {
      if (!chosen[i]) continue;
      if (count < i)
        std::copy_n(values + i * image_values, image_values, values + count * image_values);
      batch.labels.push_back(images.labels[*chosen[i]]);
      ++count;
    }
    batch.images = count == size + extra ? std::move(made) : first_of(made, count);
    return batch;
  }

  /// The last one made is only mixed into the one before it.
  void mix(const std::vector<std::optional<int64_t>>& chosen, float* values, Batch& batch) const {
    const auto image_values = static_cast<int64_t>(images.image_bytes());
    for (size_t i = 0; i + 1 < chosen.size(); ++i, values += image_values) {
      batch.shares.push_back(inputs.mix(*chosen[i], draws(), values + image_values, values));
      batch.others.push_back(images.labels[*chosen[i + 1]]);
    }
  }

  Tensor first_of(const Tensor& made, int64_t count) const {
    Tensor first = empty_images(images, count);
    std::copy_n(made.values().begin(), first.size(), first.change().begin());
    return first;
  }

  void warn_of_unreadable() {
    if (!images.stored) return;
    for (const Unreadable& image : images.stored->unreadable()) {
      if (std::ssize(named) > kMostNamed) return;
      if (!named.insert(image.file).second) continue;
      warn(std::ssize(named) <= kMostNamed
               ? image.why + (options.shuffle ? ": another image is in its place" : ": left out")
               : "more images cannot be read; `nasnet data` lists all");
    }
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
                         .inputs = {images, normalization, options.augmentation}});
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
  NASNET_CHECK(first >= 0 && count > 0 && first + count <= images.size() && !images.stored);
  const InputImages inputs(images, normalization, {});
  Tensor input = empty_images(images, count);
  float* const values = input.change().data();
  for (int64_t i = 0; i < count; ++i)
    inputs.write(first + i, {}, values + i * static_cast<int64_t>(images.image_bytes()));
  return input;
}

}  // namespace nasnet::data
