#pragma once

#include <memory>
#include <string>

#include "nasnet/base/prefixed_settings.h"
#include "nasnet/boxes/detection_set.h"
#include "nasnet/detect/detector_design.h"
#include "nasnet/detect/detector_trainer.h"
#include "nasnet/search/evaluators/evaluator.h"

namespace nasnet::search {

/// The measurement that a search for detectors maximizes: average precision at IoU .50.
inline constexpr const char* kAp50 = "ap50";

/// A detector small enough to judge a candidate in seconds: of pictures of 160 pixels, where
/// `nasnet train` takes 480.
inline detect::DetectorDesign child_design() {
  detect::DetectorDesign design;
  design.filters = 8;
  design.pyramid_channels = 32;
  design.head_width = 64;
  design.shortest = 160;
  design.longest = 240;
  design.proposals = 60;
  return design;
}

/// Few epochs of a higher rate, and no change of pictures that takes many epochs to help.
inline detect::DetectorTraining child_detector_training() {
  detect::DetectorTraining training;
  training.epochs = 10;
  training.learning_rate = 4e-3;
  training.augmentation.scale_jitter = 0;
  training.augmentation.crop = 0;
  return training;
}

/// How a candidate is trained as a detector's backbone to be judged.
struct DetectorChildSettings {
  detect::DetectorDesign design = child_design();
  detect::DetectorTraining training = child_detector_training();
  int64_t train_images = 150;
  int64_t validation_images = 60;
  bool skip_unreadable = false;
  std::string checkpoints;  // of the study, no setting of the child's: see EvaluatorSetup
};

inline void visit_settings(SettingList& list, DetectorChildSettings& s) {
  list.topic("Child detectors, where the data has boxes");
  PrefixedSettings v(list, "detector_");
  v("train_images", s.train_images, "training images a child sees; 0 for all the rest",
    Range{0, 1e12});
  v("validation_images", s.validation_images,
    "images held out of the training split to measure the average precision", Range{1, 1e12});
  v("skip_unreadable", s.skip_unreadable,
    "leave out images and boxes that are wrong, and count them");
  visit_settings(v, s.design);
  visit_settings(v, s.training);
}

/// Evaluates candidates by a short training of a detector on each. "ap50" and the other numbers are
/// COCO's on validation images held out of the set's training images (never its test images). The
/// split is the same for all trials of a study; the child's weights and batches depend on (study
/// seed, arm, trial number). Runs on one thread of the processor. Task::epochs and the
/// folder of checkpoints: as make_child_evaluator(). It counts candidates as detector_counter.h
/// says. Throws InputError where the set has too few images.
std::unique_ptr<Evaluator> make_detector_evaluator(std::shared_ptr<const boxes::DetectionSet> set,
                                                   std::shared_ptr<const space::SearchSpace> space,
                                                   const DetectorChildSettings& settings,
                                                   uint64_t study_seed);

}  // namespace nasnet::search
