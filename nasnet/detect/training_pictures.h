#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "nasnet/base/made_ahead.h"
#include "nasnet/detect/augment.h"

namespace nasnet::detect {

/// Steps and seed of a training, of which its pictures are functions.
struct PictureOrder {
  int64_t batch = 1, epochs = 1;
  uint64_t seed = 0;
};

/// The pictures of a training step.
struct StepPictures {
  std::vector<int64_t> numbers;  ///< of the source
  std::vector<Picture> pictures;
};

/// A training's pictures, step after step, decoded and augmented ahead on a thread.
class TrainingPictures {
 public:
  /// Steps whose pictures wait at most, beside those that are being made and those in work.
  static constexpr size_t kAhead = 2;

  /// From this step on. The source must live as long.
  TrainingPictures(const PictureSource& source, const PictureAugmentation& augmentation,
                   const PictureOrder& order, int64_t first_step);

  /// Of the next step. Throws what the source has thrown, in the step that its picture belongs to.
  StepPictures next();

 private:
  StepPictures make();

  const PictureSource& source_;
  const PictureAugmentation augmentation_;
  const PictureOrder order_;
  int64_t step_;
  std::vector<int64_t> epoch_order_;  // of the pictures in epoch `ordered_`
  int64_t ordered_ = -1;
  MadeAhead<StepPictures> ahead_{kAhead};  // the last: its thread ends before what it reads
};

}  // namespace nasnet::detect
