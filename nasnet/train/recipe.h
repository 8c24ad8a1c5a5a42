#pragma once

#include "nasnet/base/enum_names.h"
#include "nasnet/train/settings.h"
#include "nasnet/train/tuning.h"

namespace nasnet::train {

/// How networks are trained. The first ones are the paper's (appendix A.6 and A.7, and TF-slim's
/// comments): kMobile and kLarge were trained by 50 and 100 replicas at once; batch and learning
/// rate are one replica's, and --replicas multiplies the rate (TrainSettings::scale_rate). The last
/// two go on from the weights of a model (docs/transfer.md).
enum class TrainRecipe {
  kNone,      ///< the defaults of TrainSettings
  kCifar,     ///< CIFAR-10's networks
  kMobile,    ///< ImageNet's of few multiply-adds
  kLarge,     ///< ImageNet's of best accuracy
  kQuick,     ///< few epochs from random weights, for one machine
  kStrong,    ///< many epochs of strong augmentation
  kFinetune,  ///< the heads first, then all layers, more slowly toward the input
  kProbe,     ///< a linear classifier on the features that the model has
};

constexpr EnumNames<TrainRecipe, 8> names_of(TrainRecipe) {
  return {{{TrainRecipe::kNone, "none"},
           {TrainRecipe::kCifar, "cifar"},
           {TrainRecipe::kMobile, "mobile"},
           {TrainRecipe::kLarge, "large"},
           {TrainRecipe::kQuick, "quick"},
           {TrainRecipe::kStrong, "strong"},
           {TrainRecipe::kFinetune, "finetune"},
           {TrainRecipe::kProbe, "probe"}}};
}

struct RecipeSettings {
  TrainSettings training;
  TuneSettings tuning;
  bool operator==(const RecipeSettings&) const = default;
};

RecipeSettings recipe_settings(TrainRecipe recipe);

}  // namespace nasnet::train
