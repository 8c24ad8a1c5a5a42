#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/data/dataset.h"
#include "nasnet/data/input_images.h"
#include "nasnet/data/normalization.h"

namespace nasnet::data {

struct BatchOptions {
  int64_t batch = 32;
  bool shuffle = false;
  Augmentation augmentation;
  uint64_t seed = 0;
  /// Leave out the last, smaller batch (training does).
  bool drop_last = false;
  /// Of each whole batch only these images are made, [first, last): the share of one of several
  /// processes. Last 0: all.
  struct Share {
    int64_t first = 0, last = 0;
  };
  Share share = {};
  /// That prepare a batch together; what it holds does not depend on them.
  int threads = 1;
};

struct Batch {
  Tensor images;  ///< N x C x H x W, normalised
  std::vector<int64_t> labels;
  /// Where images are mixed: the classes of those mixed into them, and the shares, from 0 to 1,
  /// that the labels keep.
  std::vector<int64_t> others = {};
  std::vector<float> shares = {};
};

/// One pass over the images at `indices`, a batch at a time, prepared ahead on threads. What a
/// batch holds depends only on (options, epoch, its position): order and augmentation come from
/// counter-based random numbers keyed by (seed, epoch, image).
///
/// Of stored images that are skipped where they cannot be read, a shuffled epoch puts another,
/// drawn by (seed, epoch, image), in the place of such an image, so that batches keep their size;
/// else the batch is the smaller. A warning names the first such images.
class Batches {
 public:
  Batches(const ImageSet& images, std::vector<int64_t> indices, const Normalization& normalization,
          BatchOptions options);
  /// Over all images.
  Batches(const ImageSet& images, const Normalization& normalization, BatchOptions options);
  ~Batches();
  Batches(const Batches&) = delete;

  int64_t batches_per_epoch() const;
  int64_t images_per_epoch() const;

  /// Starts epoch `epoch` at batch `first` (resuming in mid-epoch needs no replay).
  void start(int64_t epoch, int64_t first = 0);
  /// The next batch of the epoch; false after the last. Throws InputError that names a stored image
  /// that cannot be read, where such are not skipped.
  bool next(Batch& batch);
  /// Seconds that next() has waited for batches that were not ready, of all epochs.
  double waited() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Images as a network's input, normalised, without augmentation; for predict.
Tensor to_input(const ImageSet& images, int64_t first, int64_t count,
                const Normalization& normalization);

}  // namespace nasnet::data
