#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/data/dataset.h"
#include "nasnet/data/image.h"

namespace nasnet::data {

/// Per-channel mean and standard deviation of pixel / 255, as the network's input expects them;
/// travels in a model's manifest.
struct Normalization {
  std::vector<double> mean, deviation;
};

/// By channel: the normalised value of each byte. Throws InputError where the normalisation is for
/// another number of channels.
std::vector<std::array<float, 256>> normalization_tables(const Normalization& normalization,
                                                         int channels);

/// Measured over the images at `indices`.
Normalization measure_normalization(const ImageSet& images, const std::vector<int64_t>& indices);
/// Over all.
Normalization measure_normalization(const ImageSet& images);
/// Over pictures of any sizes.
Normalization measure_normalization(const std::vector<Image>& images);

struct Augmentation {
  int crop_padding = 0;  ///< zero (mean) padding on each side before a random crop back to size
  bool flip = false;     ///< random horizontal flip
  int cutout = 0;        ///< edge of the square set to the mean (DeVries & Taylor 2017); 0: none
};

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
};

struct Batch {
  Tensor images;  ///< N x C x H x W, normalised
  std::vector<int64_t> labels;
};

/// One pass over the images at `indices`, a batch at a time, prepared ahead on a thread. What a
/// batch holds depends only on (options, epoch, its position): order and augmentation come from
/// counter-based random numbers keyed by (seed, epoch, image).
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
  /// The next batch of the epoch; false after the last.
  bool next(Batch& batch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Images as a network's input, normalised, without augmentation; for predict.
Tensor to_input(const ImageSet& images, int64_t first, int64_t count,
                const Normalization& normalization);

}  // namespace nasnet::data
