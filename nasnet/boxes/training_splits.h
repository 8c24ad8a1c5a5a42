#pragma once

#include <string>

#include "nasnet/boxes/detection_set.h"

namespace nasnet::boxes {

/// A set's images to train on and those to measure on.
struct TrainingSplits {
  DetectionSplit train, test;
  bool own_test = true;  ///< false: `test` was held out of the training images here
};

/// Training images are those of the set's training splits, or of its only one; test images those of
/// its test splits that have objects, else of its validation splits. Where there are neither, a
/// fifth of the training images is held out: the pictures' bytes decide which (data::hold_out()),
/// so that neither the order of files nor their names matter. Throws InputError where the set has
/// no training images, or no object to learn.
TrainingSplits training_splits(const DetectionSet& set);

/// SHA-256 over categories, images and objects as they were read; not over the pictures' bytes.
std::string digest_of(const std::vector<Category>& categories, const DetectionSplit& split);

}  // namespace nasnet::boxes
