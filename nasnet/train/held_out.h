#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/data/batches.h"
#include "nasnet/group/group.h"
#include "nasnet/train/train_state.h"
#include "nasnet/train/training.h"
#include "nasnet/train/tuning.h"

namespace nasnet::train {

/// Training images in two parts: to learn from, and to be measured on.
struct Parts {
  std::vector<int64_t> learned, held_out;  ///< in the set's order
};

/// TuneSettings::hold_out of each class, by the images' contents (data::hold_out()); nothing for 0.
/// Throws InputError where that leaves no image to learn from.
Parts hold_out_part(const data::ImageSet& images, double share);

/// Measures a training on images held out of it, and ends it where that improves no more.
class HeldOut {
 public:
  /// `images` must live as long. `group`: see FitRequest.
  HeldOut(const data::ImageSet& images, std::vector<int64_t> held_out,
          const data::Normalization& normalization, const TuneSettings& tuning,
          group::Group* group);

  /// After an epoch whose turn it is and that has not been measured yet: records the accuracy of
  /// the network, or of its average where there is one, and takes it for Training::best where it is
  /// higher than any before. Nothing where no images are held out.
  void measure(Training& training) const;
  /// True once TuneSettings::patience epochs have not raised it, those of the heads alone not
  /// counted.
  bool is_over(const TrainState& state) const;

 private:
  double accuracy_of(Training& training) const;

  const data::ImageSet& images_;
  const std::vector<int64_t> held_out_;
  const data::Normalization normalization_;
  const TuneSettings tuning_;
  group::Group* const group_;
};

/// The epoch whose held-out accuracy is the highest, the first of several; 0 for none.
int64_t best_epoch(const std::vector<EpochRecord>& history);

}  // namespace nasnet::train
