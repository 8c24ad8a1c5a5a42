// The constants of the published trainings, for one device, and of those that go on from others.

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
  // The constants of both recipes are those of one replica of 32 or 16 images.
  settings.scale_rate = true;
  settings.augment.crop = data::CropLaw::kInception;
  settings.augment.least_area = 0.05;
  settings.augment.colour = data::ColourLaw::kInception;
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

/// FFCV's ResNet-50 in 16 epochs (libffcv/ffcv-imagenet, rn50_16_epochs): rate 1.7 at 512 images,
/// which is 0.10625 for a replica of 32, rising for two epochs. Its images have 160 pixels to four
/// fifths of the epochs and then 192, for networks that are used at 256. An auxiliary head is made
/// for one size.
RecipeSettings quick() {
  RecipeSettings recipe;
  recipe.tuning.sizes = "62.5%:0.8,75%";
  recipe.tuning.reestimate_norms = true;
  TrainSettings& settings = recipe.training;
  settings.auxiliary_weight = 0;
  settings.epochs = 16;
  settings.batch = 32;
  settings.optimizer = Optimizer::kSgd;
  settings.learning_rate = 0.10625;
  settings.scale_rate = true;
  settings.schedule = Schedule::kCosine;
  settings.warmup_epochs = 2;
  settings.weight_decay = 1e-4;
  settings.label_smoothing = 0.1;
  settings.augment.crop = data::CropLaw::kRandom;
  return recipe;
}

/// torchvision's recipe of 2021 (pytorch/vision#3995) for half of its epochs: rate 0.5 at 1,024
/// images, which is 0.015625 for a replica of 32.
TrainSettings strong() {
  TrainSettings settings;
  settings.epochs = 300;
  settings.batch = 32;
  settings.optimizer = Optimizer::kSgd;
  settings.learning_rate = 0.015625;
  settings.scale_rate = true;
  settings.schedule = Schedule::kCosine;
  settings.warmup_epochs = 5;
  settings.weight_decay = 2e-5;
  settings.label_smoothing = 0.1;
  settings.ema = 0.9999;
  settings.augment.crop = data::CropLaw::kRandom;
  settings.augment.policy = data::Policy::kTrivial;
  settings.augment.erasing = 0.1;
  settings.augment.mixup = 0.2;
  settings.augment.cutmix = 1;
  return settings;
}

/// Momentum, schedule and norms: Kornblith et al. 2019, whose regularisers of pre-training are left
/// out; the rate is of the upper end of their grid (docs/transfer.md has the comparison). The heads
/// first and falling rates: fastai's fine_tune, whose span of a hundred over a deep network is some
/// 0.8 a cell.
RecipeSettings finetune() {
  RecipeSettings settings;
  settings.training.epochs = 10;
  settings.training.batch = 32;
  settings.training.optimizer = Optimizer::kSgd;
  settings.training.learning_rate = 0.05;
  settings.training.schedule = Schedule::kCosine;
  settings.training.weight_decay = 1e-4;
  settings.training.auxiliary_weight = 0;
  settings.training.ema = 0.99;
  settings.tuning.head_epochs = 1;
  settings.tuning.layer_decay = 0.8;
  settings.tuning.norm_momentum = NormMomentum::kEpoch;
  return settings;
}

/// As linear probes of self-supervised features are trained (He et al. 2020, Chen et al. 2020): SGD
/// along a cosine for 100 epochs, without decay. Without augmentation the features of an image are
/// always the same.
RecipeSettings probe() {
  RecipeSettings settings;
  settings.training.epochs = 100;
  settings.training.batch = 256;
  settings.training.optimizer = Optimizer::kSgd;
  settings.training.learning_rate = 0.1;
  settings.training.schedule = Schedule::kCosine;
  settings.training.weight_decay = 0;
  settings.training.clip = 0;
  settings.training.auxiliary_weight = 0;
  settings.training.crop_padding = 0;
  settings.training.flip = false;
  settings.tuning.freeze = "trunk";
  return settings;
}

}  // namespace

RecipeSettings recipe_settings(TrainRecipe recipe) {
  switch (recipe) {
    case TrainRecipe::kNone:
      return {};
    case TrainRecipe::kCifar:
      return {cifar(), {}};
    case TrainRecipe::kMobile:
      return {mobile(), {}};
    case TrainRecipe::kLarge:
      return {large(), {}};
    case TrainRecipe::kQuick:
      return quick();
    case TrainRecipe::kStrong:
      return {strong(), {}};
    case TrainRecipe::kFinetune:
      return finetune();
    case TrainRecipe::kProbe:
      return probe();
  }
  NASNET_CHECK(false, "each recipe has settings");
}

}  // namespace nasnet::train
