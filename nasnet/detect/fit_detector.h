#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "nasnet/boxes/training_splits.h"
#include "nasnet/detect/detector_memory.h"
#include "nasnet/detect/detector_model.h"

namespace nasnet::detect {

/// A detector's training as `nasnet train` takes it, for fit_detector().
struct DetectorRequest {
  space::Genotype genotype;
  DetectorDesign design;  ///< without anchors they are measured
  graph::Pooling pooling = graph::Pooling::kSlim;
  DetectorTraining training;
  network::Kernels kernels = network::Kernels::kFused;  ///< of the training; the rest is fused
  network::Precision precision = network::Precision::kFloat32;
  uint64_t seed = 1;
  int threads = 1;               ///< results do not depend on it
  std::filesystem::path folder;  ///< of the model
  bool resume = false;
  /// Folder of a classifier whose tensors and normalisation the backbone starts with; empty: from
  /// scratch. Genotype and stack must be its own.
  std::filesystem::path from;
  double checkpoint_seconds = 60;  ///< seconds of work that a kill may cost at most
  /// Called once, before the first step.
  std::function<void(const DetectorInfo&, const Detector&, const DetectorMemory&)> before_training;
  /// Called after each epoch, for a line of report. A SystemError that it throws, as of a pipe
  /// whose reader is gone, ends the training after it has been saved.
  std::function<void(const DetectorEpoch&)> after_epoch;
};

/// Trains a detector on the training images and measures it on the test images as COCO does. The
/// folder is saved at the pace of train::SavePace, on interruption (then Interrupted is thrown) and
/// at the end. With `resume` the training continues where it was last saved, with the same losses
/// as if it had never stopped; a finished one is returned as it is. Throws InputError where the
/// folder holds another training (naming each setting that differs), or where the classifier does
/// not fit; NotANumber where a loss is not finite; OutOfMemory where the training would not fit;
/// SystemError where the folder cannot be written.
DetectorInfo fit_detector(const DetectorRequest& request, const boxes::DetectionSet& set,
                          const boxes::TrainingSplits& splits);

}  // namespace nasnet::detect
