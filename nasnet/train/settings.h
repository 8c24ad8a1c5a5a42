#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nasnet/base/settings.h"
#include "nasnet/data/augment/augment.h"
#include "nasnet/network/network.h"

namespace nasnet::train {

using Optimizer = network::LearningRule::Optimizer;

/// How the learning rate falls, see schedule.h.
enum class Schedule { kCosine, kExponential };
constexpr EnumNames<Schedule, 2> names_of(Schedule) {
  return {{{Schedule::kCosine, "cosine"}, {Schedule::kExponential, "exponential"}}};
}

/// All settings of training, for `train` and for the children of a search alike.
/// Defaults are the released CIFAR recipe (recipe.h) but for two settings that make sense for its
/// 600 epochs only: the number of epochs and drop-path. The whole recipes stand in recipe.h, a
/// child's few defaults of its own in search/evaluators/child.h.
struct TrainSettings {
  int epochs = 20;
  int batch = 32;
  int replicas = 1;
  Optimizer optimizer = Optimizer::kSgd;
  double learning_rate = 0.025;
  bool scale_rate = false;
  Schedule schedule = Schedule::kCosine;
  double decay_factor = 0.97;
  double decay_epochs = 2.4;
  double warmup_epochs = 0.0;
  double momentum = 0.9;
  double rmsprop_decay = 0.9;
  double rmsprop_epsilon = 1.0;
  double weight_decay = 5e-4;
  double clip = 5.0;
  double ema = 0.0;
  double label_smoothing = 0.0;
  double auxiliary_weight = 0.4;
  double drop_path_keep = 1.0;
  std::optional<int> crop_padding;
  bool flip = true;
  int cutout = 0;
  data::AugmentSettings augment;
  network::Kernels kernels = network::Kernels::kFused;
  network::Precision precision = network::Precision::kFloat32;
  std::string memory;
  bool operator==(const TrainSettings&) const = default;
};

/// True if parts of pictures are cut out at random: then the pictures themselves are wanted, not
/// images of the network's size (data::DataOptions::hold 0).
inline bool wants_pictures(const TrainSettings& settings) {
  return settings.augment.crop != data::CropLaw::kPad;
}

/// The settings of every verb that computes with a network.
template <class Visitor>
void visit_computation(Visitor& v, network::Kernels& kernels, network::Precision& precision) {
  v("kernels", kernels,
    "the code that computes on the CPU: nasnet's own kernels, or libtorch's operators one by one");
  v("precision", precision,
    "number type of convolutions and linear layers; bf16 needs a GPU or AVX512-BF16");
}

template <class Visitor>
void visit_settings(Visitor& v, TrainSettings& s) {
  v("epochs", s.epochs, "passes over the training images", Range{1, 100000}).everyone_needs_it();
  v("batch", s.batch, "images that a replica works on in a step", Range{1, 65536})
      .everyone_needs_it();
  v("replicas", s.replicas,
    "batches a step, each with batch statistics of its own: the step is their mean",
    Range{1, 65536});
  v("optimizer", s.optimizer,
    "rule that makes steps of gradients: SGD with Nesterov momentum, RMSProp, or AdamW");
  v("learning_rate", s.learning_rate, "learning rate before the schedule lowers it", Range{0, 100})
      .everyone_needs_it();
  v("scale_rate", s.scale_rate, "multiply the learning rate by --replicas");
  v("schedule", s.schedule, "fall of the learning rate: along a cosine to 0, or in equal ratios");
  v("decay_factor", s.decay_factor,
    "exponential schedule: the learning rate's ratio from one fall to the next", Range{1e-6, 1});
  v("decay_epochs", s.decay_epochs, "exponential schedule: epochs from one fall to the next",
    Range{0.01, 100000});
  v("warmup_epochs", s.warmup_epochs, "epochs in which the learning rate first rises from 0",
    Range{0, 100000});
  v("momentum", s.momentum, "momentum of the optimizer", Range{0, 0.9999});
  v("rmsprop_decay", s.rmsprop_decay, "decay of RMSProp's mean of squared gradients",
    Range{0, 0.999999});
  v("rmsprop_epsilon", s.rmsprop_epsilon, "constant added to that mean before its root is taken",
    Range{1e-12, 1e6});
  v("weight_decay", s.weight_decay, "L2 penalty on the weights", Range{0, 1});
  v("clip", s.clip, "largest global norm of the gradient; 0 for no limit", Range{0, 1e9});
  v("ema", s.ema,
    "decay of the moving average of the weights, which then is the model; 0 for none, 0.9999 in "
    "the paper's ImageNet networks",
    Range{0, 0.999999});
  v("label_smoothing", s.label_smoothing, "share of the label spread over all classes",
    Range{0, 0.9});
  v("auxiliary_weight", s.auxiliary_weight, "weight of the auxiliary head's loss; 0 for no head",
    Range{0, 10});
  v("drop_path_keep", s.drop_path_keep,
    "share of the last cell's branches kept at the end of training; 1 for no drop-path, 0.6 in the "
    "paper's 600 epochs",
    Range{0.05, 1});
  v("crop_padding", s.crop_padding,
    "pixels added on each side before a random crop; without it an eighth of the images' width",
    Range{0, 64});
  v("flip", s.flip, "mirror half of the images at random; not for digits and letters");
  v("cutout", s.cutout, "edge of the square that is blanked at random; 0 for none", Range{0, 256});
  visit_settings(v, s.augment);
  visit_computation(v, s.kernels, s.precision);
  v("memory", s.memory,
    "most memory to be used, as 2GB: a batch that takes more by estimate is worked on in parts, "
    "each with batch statistics of its own; empty for no limit")
      .as("SIZE")
      .may_change_for_retry();
}

}  // namespace nasnet::train
