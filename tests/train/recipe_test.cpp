#include "nasnet/train/recipe.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/train/schedule.h"

namespace nasnet::train {
namespace {

/// The published recipes (paper, appendix A.6 and A.7; TF-slim).
TEST(Recipe, PublishedColumns) {
  struct Column {
    const char* name;
    int batch;
    double rate, clip, decay, smoothing, ema, keep;
    const char *optimizer, *schedule;
  };
  for (const Column& column :
       {Column{"cifar", 32, 0.025, 5, 5e-4, 0, 0, 0.6, "sgd", "cosine"},
        Column{"mobile", 32, 0.04, 10, 4e-5, 0.1, 0.9999, 1, "rmsprop", "exponential"},
        Column{"large", 16, 0.015, 10, 5e-5, 0.1, 0.9999, 0.7, "rmsprop", "exponential"}}) {
    SCOPED_TRACE(column.name);
    const TrainSettings settings =
        recipe_settings(parse_enum<TrainRecipe>(column.name, "recipe")).training;
    EXPECT_EQ(settings.batch, column.batch);
    EXPECT_EQ(settings.learning_rate, column.rate);
    EXPECT_EQ(settings.clip, column.clip);
    EXPECT_EQ(settings.weight_decay, column.decay);
    EXPECT_EQ(settings.label_smoothing, column.smoothing);
    EXPECT_EQ(settings.ema, column.ema);
    EXPECT_EQ(settings.drop_path_keep, column.keep);
    EXPECT_EQ(to_text(settings.optimizer), column.optimizer);
    EXPECT_EQ(to_text(settings.schedule), column.schedule);
    EXPECT_EQ(settings.momentum, 0.9);
    EXPECT_EQ(settings.auxiliary_weight, 0.4);
    EXPECT_EQ(settings.decay_factor, 0.97);
    EXPECT_EQ(settings.decay_epochs, 2.4);
    EXPECT_EQ(settings.rmsprop_decay, 0.9);
    EXPECT_EQ(settings.rmsprop_epsilon, 1.0);
  }
  EXPECT_EQ(recipe_settings(TrainRecipe::kCifar).training.epochs, 600);
}

TEST(Recipe, AllAreInRange) {
  for (const TrainRecipe recipe : values_of_all<TrainRecipe>())
    EXPECT_NO_THROW({
      check_settings(recipe_settings(recipe).training);
      check_settings(recipe_settings(recipe).tuning);
    });
  EXPECT_EQ(recipe_settings(TrainRecipe::kNone), RecipeSettings());
}

/// Rates over ten epochs of 50 steps: those of the heads' epoch, then half a wave of the cosine.
TEST(Recipe, FinetuneByStep) {
  const RecipeSettings recipe = recipe_settings(TrainRecipe::kFinetune);
  const double expected[] = {0.05,      0.05,      0.0484923, 0.0441511, 0.0375,
                             0.0293412, 0.0206588, 0.0125,    0.0058489, 0.0015077};
  for (int k = 0; k < 10; ++k)
    EXPECT_NEAR(learning_rate(recipe.training, 50 * k, 50, recipe.tuning.head_epochs), expected[k],
                1e-7)
        << k;
  EXPECT_EQ(recipe.training.batch, 32);
  EXPECT_EQ(recipe.training.replicas, 1);
  EXPECT_EQ(recipe.training.ema, 0.99);
  EXPECT_EQ(recipe.training.drop_path_keep, 1);
  EXPECT_EQ(recipe.training.auxiliary_weight, 0);
  EXPECT_EQ(recipe.tuning.layer_decay, 0.8);
}

TEST(Recipe, ProbeByStep) {
  const RecipeSettings recipe = recipe_settings(TrainRecipe::kProbe);
  for (int k = 0; k < 10; ++k)
    EXPECT_EQ(learning_rate(recipe.training, 40 * k, 4, recipe.tuning.head_epochs),
              cosine_rate(0.1, 40 * k, 400));
  EXPECT_EQ(recipe.tuning.freeze, "trunk");
  EXPECT_EQ(recipe.training.weight_decay, 0);
  EXPECT_EQ(recipe.training.flip, false) << "features of an image are always the same";
  EXPECT_EQ(recipe.training.crop_padding, 0);
}

}  // namespace
}  // namespace nasnet::train
