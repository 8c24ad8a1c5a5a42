#include "nasnet/train/recipe.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/train/schedule.h"
#include "nasnet/train/training_plan.h"

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

/// A step of a recipe: at the beginnings of the training's tenths, of 100 steps an epoch.
struct Row {
  int64_t step;
  double rate;
  int image_size;
  double keep, average_decay;
};
struct Table {
  const char* recipe;
  int edge;
  int64_t images;
  std::vector<Row> rows;
};

/// Computed apart from this code, from the schedules as the papers have them.
const std::vector<Table>& tables() {
  static const std::vector<Table> kTables = {
      {"mobile",
       224,
       32,
       {
           {0, 0.04, 224, 1, 0.18181818},
           {3120, 0.026921084, 224, 1, 0.99712552},
           {6240, 0.018118619, 224, 1, 0.99856023},
           {9360, 0.012194321, 224, 1, 0.99903959},
           {12480, 0.0082071085, 224, 1, 0.99927948},
           {15600, 0.0055236063, 224, 1, 0.99942348},
           {18720, 0.0037175367, 224, 1, 0.99951951},
           {21840, 0.0025020029, 224, 1, 0.99958812},
           {24960, 0.0016839157, 224, 1, 0.99963958},
           {28080, 0.0011333209, 224, 1, 0.99967961},
       }},
      {"large",
       331,
       16,
       {
           {0, 0.015, 331, 1, 0.18181818},
           {3120, 0.010095406, 331, 0.97, 0.99712552},
           {6240, 0.006794482, 331, 0.94, 0.99856023},
           {9360, 0.0045728704, 331, 0.91, 0.99903959},
           {12480, 0.0030776657, 331, 0.88, 0.99927948},
           {15600, 0.0020713524, 331, 0.85, 0.99942348},
           {18720, 0.0013940763, 331, 0.82, 0.99951951},
           {21840, 0.00093825109, 331, 0.79, 0.99958812},
           {24960, 0.0006314684, 331, 0.76, 0.99963958},
           {28080, 0.00042499534, 331, 0.73, 0.99967961},
       }},
      {"quick",
       224,
       32,
       {
           {0, 0, 128, 1, 0},
           {160, 0.085, 128, 1, 0},
           {320, 0.096104028, 128, 1, 0},
           {480, 0.084351092, 128, 1, 0},
           {640, 0.069541528, 128, 1, 0},
           {800, 0.053125, 128, 1, 0},
           {960, 0.036708472, 128, 1, 0},
           {1120, 0.021898908, 128, 1, 0},
           {1280, 0.010145972, 160, 1, 0},
           {1440, 0.0026001226, 160, 1, 0},
       }},
      {"strong",
       224,
       32,
       {
           {0, 0, 224, 1, 0.18181818},
           {3000, 0.015242629, 224, 1, 0.99701096},
           {6000, 0.014132945, 224, 1, 0.99850274},
           {9000, 0.012404572, 224, 1, 0.99900122},
           {12000, 0.010226695, 224, 1, 0.99925069},
           {15000, 0.0078125, 224, 1, 0.99940044},
           {18000, 0.0053983047, 224, 1, 0.99950031},
           {21000, 0.0032204277, 224, 1, 0.99957165},
           {24000, 0.0014920547, 224, 1, 0.99962517},
           {27000, 0.00038237097, 224, 1, 0.9996668},
       }},
      {"finetune",
       224,
       32,
       {
           {0, 0.05, 224, 1, 0.18181818},
           {100, 0.05, 224, 1, 0.91891892},
           {200, 0.048492316, 224, 1, 0.95734597},
           {300, 0.044151111, 224, 1, 0.97106109},
           {400, 0.0375, 224, 1, 0.97810219},
           {500, 0.029341204, 224, 1, 0.98238748},
           {600, 0.020658796, 224, 1, 0.98527005},
           {700, 0.0125, 224, 1, 0.98734177},
           {800, 0.0058488889, 224, 1, 0.98890259},
           {900, 0.0015076845, 224, 1, 0.99},
       }},
  };
  return kTables;
}

TEST(Recipe, TablesByStep) {
  for (const Table& table : tables()) {
    const RecipeSettings recipe = recipe_settings(parse_enum<TrainRecipe>(table.recipe, "recipe"));
    const std::vector<PlanPoint> points = plan_points(recipe, 100, table.edge);
    ASSERT_EQ(points.size(), table.rows.size());
    for (size_t k = 0; k < points.size(); ++k) {
      const Row& row = table.rows[k];
      SCOPED_TRACE(std::string(table.recipe) + " " + std::to_string(row.step));
      EXPECT_EQ(points[k].step, row.step);
      EXPECT_NEAR(points[k].rate, row.rate, 1e-7 * row.rate);
      EXPECT_EQ(points[k].image_size, row.image_size);
      EXPECT_NEAR(points[k].keep, row.keep, 1e-12);
      EXPECT_NEAR(points[k].average_decay, row.average_decay, 1e-7);
      EXPECT_EQ(points[k].images, table.images);
      EXPECT_EQ(points[k].heads_only, std::string(table.recipe) == "finetune" && k == 0);
    }
  }
}

/// The paper's 50 and 100 replicas: 1,600 images a step at rates of 2.0 and 1.5.
TEST(Recipe, ReplicasMultiplyTheRate) {
  for (const auto& [kind, replicas, rate] :
       {std::tuple{TrainRecipe::kMobile, 50, 2.0}, {TrainRecipe::kLarge, 100, 1.5}}) {
    RecipeSettings recipe = recipe_settings(kind);
    recipe.training.replicas = replicas;
    const PlanPoint first = plan_points(recipe, 800, 224).front();
    EXPECT_DOUBLE_EQ(first.rate, rate);
    EXPECT_EQ(first.images, 1600);
  }
}

TEST(Recipe, FinetuneAndQuick) {
  const RecipeSettings finetune = recipe_settings(TrainRecipe::kFinetune);
  EXPECT_EQ(finetune.training.auxiliary_weight, 0);
  EXPECT_EQ(finetune.tuning.layer_decay, 0.8);
  const RecipeSettings quick = recipe_settings(TrainRecipe::kQuick);
  EXPECT_EQ(quick.training.auxiliary_weight, 0) << "a head is made for one size";
  EXPECT_TRUE(quick.tuning.reestimate_norms);
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
