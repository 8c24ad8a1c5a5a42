// The constants of the published trainings, for one device.

#include "nasnet/train/recipe.h"

#include "nasnet/base/check.h"

namespace nasnet::train {
namespace {

TrainSettings cifar() {
  TrainSettings settings;
  settings.epochs = 600;
  settings.batch = 32;
  settings.optimizer = Optimizer::kSgd;
  settings.learning_rate = 0.025;
  settings.schedule = Schedule::kCosine;
  settings.weight_decay = 5e-4;
  settings.clip = 5;
  settings.drop_path_keep = 0.6;
  return settings;
}

/// The settings that the two ImageNet recipes share.
TrainSettings imagenet() {
  TrainSettings settings;
  // 250,000 steps of 1,600 images over ImageNet's 1,281,167: the span of drop-path's ramp.
  settings.epochs = 312;
  settings.optimizer = Optimizer::kRmsprop;
  settings.schedule = Schedule::kExponential;
  settings.clip = 10;
  settings.label_smoothing = 0.1;
  settings.ema = 0.9999;
  return settings;
}

TrainSettings mobile() {
  TrainSettings settings = imagenet();
  settings.batch = 32;
  settings.learning_rate = 0.04;
  settings.weight_decay = 4e-5;
  settings.drop_path_keep = 1;
  return settings;
}

TrainSettings large() {
  TrainSettings settings = imagenet();
  settings.batch = 16;
  settings.learning_rate = 0.015;
  settings.weight_decay = 5e-5;
  settings.drop_path_keep = 0.7;
  return settings;
}

}  // namespace

TrainSettings recipe_settings(TrainRecipe recipe) {
  switch (recipe) {
    case TrainRecipe::kNone:
      return {};
    case TrainRecipe::kCifar:
      return cifar();
    case TrainRecipe::kMobile:
      return mobile();
    case TrainRecipe::kLarge:
      return large();
  }
  NASNET_CHECK(false, "each recipe has settings");
}

}  // namespace nasnet::train
