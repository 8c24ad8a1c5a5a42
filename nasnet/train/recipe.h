#pragma once

#include "nasnet/base/enum_names.h"
#include "nasnet/train/settings.h"

namespace nasnet::train {

/// How the paper's networks were trained (appendix A.6 and A.7, and TF-slim's comments). kMobile
/// and kLarge were trained by 50 and 100 replicas at once; batch and learning rate are one
/// replica's, where the paper's rate is as many times higher.
enum class TrainRecipe {
  kNone,    ///< the defaults of TrainSettings
  kCifar,   ///< CIFAR-10's networks
  kMobile,  ///< ImageNet's of few multiply-adds
  kLarge,   ///< ImageNet's of best accuracy
};

constexpr EnumNames<TrainRecipe, 4> names_of(TrainRecipe) {
  return {{{TrainRecipe::kNone, "none"},
           {TrainRecipe::kCifar, "cifar"},
           {TrainRecipe::kMobile, "mobile"},
           {TrainRecipe::kLarge, "large"}}};
}

TrainSettings recipe_settings(TrainRecipe recipe);

}  // namespace nasnet::train
