#include "nasnet/train/recipe.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"

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
    const TrainSettings settings = recipe_settings(parse_enum<TrainRecipe>(column.name, "recipe"));
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
  EXPECT_EQ(recipe_settings(TrainRecipe::kCifar).epochs, 600);
}

TEST(Recipe, AllAreInRange) {
  for (const TrainRecipe recipe : values_of_all<TrainRecipe>())
    EXPECT_NO_THROW(check_settings(recipe_settings(recipe)));
  EXPECT_EQ(recipe_settings(TrainRecipe::kNone), TrainSettings());
}

}  // namespace
}  // namespace nasnet::train
