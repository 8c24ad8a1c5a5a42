#pragma once

#include <cstdint>
#include <string>

#include "nasnet/base/settings.h"

namespace nasnet::train {

/// How a network is trained. Defaults are the released CIFAR recipe (spec 4.7) but for two settings
/// that make sense for its 600 epochs only: the number of epochs and drop-path. paper_settings()
/// has them too.
struct TrainSettings {
  int epochs = 20;
  int batch = 32;
  double learning_rate = 0.025;
  double momentum = 0.9;
  double weight_decay = 5e-4;
  double clip = 5.0;
  double label_smoothing = 0.0;
  double auxiliary_weight = 0.4;
  double drop_path_keep = 1.0;
  int crop_padding = 4;
  bool flip = true;
  int cutout = 0;
  std::string precision = "float32";
  bool operator==(const TrainSettings&) const = default;
};

/// The recipe of the paper's CIFAR-10 networks: 600 epochs with ScheduledDropPath.
inline TrainSettings paper_settings() {
  TrainSettings settings;
  settings.epochs = 600;
  settings.drop_path_keep = 0.6;
  return settings;
}

template <class Visitor>
void visit_settings(Visitor& v, TrainSettings& s) {
  v("epochs", s.epochs, "passes over the training images", Range{1, 100000});
  v("batch", s.batch, "images a step", Range{1, 65536});
  v("learning_rate", s.learning_rate, "at the start; falls to 0 along a cosine", Range{0, 100});
  v("momentum", s.momentum, "of SGD, in Nesterov's form", Range{0, 0.9999});
  v("weight_decay", s.weight_decay, "L2 penalty on the weights", Range{0, 1});
  v("clip", s.clip, "largest global norm of the gradient; 0 for no limit", Range{0, 1e9});
  v("label_smoothing", s.label_smoothing, "share of the label spread over all classes",
    Range{0, 0.9});
  v("auxiliary_weight", s.auxiliary_weight, "of the auxiliary head's loss; 0 for no head",
    Range{0, 10});
  v("drop_path_keep", s.drop_path_keep,
    "share of the last cell's branches kept at the end of training; 1 for no drop-path, 0.6 in the "
    "paper's 600 epochs",
    Range{0.05, 1});
  v("crop_padding", s.crop_padding, "pixels added on each side before a random crop", Range{0, 64});
  v("flip", s.flip, "mirror half of the images at random");
  v("cutout", s.cutout, "edge of the square that is blanked at random; 0 for none", Range{0, 256});
  v("precision", s.precision, "of convolutions and linear layers; bf16 needs --device cuda",
    Range{.one_of = {"float32", "bf16"}});
}

}  // namespace nasnet::train
