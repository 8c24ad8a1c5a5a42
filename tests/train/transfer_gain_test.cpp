#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "nasnet/base/progress.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/fit.h"
#include "nasnet/train/recipe.h"

// Training on from other weights, on real pictures: worth it, or all of it would be for nothing.

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;

const std::string kPictures = NASNET_SOURCE_DIR "/../shared/data/tiny-imagenet-20.tar.zst";

data::ImageSet some_of(const data::ImageSet& images, int first_class, int64_t per_class) {
  data::ImageSet some = images;
  some.pixels.clear();
  some.labels.clear();
  some.contents.clear();
  std::map<int, int64_t> taken;
  for (int64_t i = 0; i < images.size(); ++i) {
    const int label = images.labels[static_cast<size_t>(i)] - first_class;
    if (label < 0 || label >= 10 || taken[label]++ >= per_class) continue;
    some.pixels.insert(some.pixels.end(), images.image(i), images.image(i) + images.image_bytes());
    some.labels.push_back(label);
    some.contents.push_back(images.contents[static_cast<size_t>(i)]);
  }
  return some;
}

/// Ten of the twenty classes, with so many training images each.
data::DataSet ten_classes(const data::DataSet& data, int first, int64_t per_class) {
  data::DataSet part;
  part.name = part.source = data.name;
  part.classes = {data.classes.begin() + first, data.classes.begin() + first + 10};
  part.train = some_of(data.train, first, per_class);
  part.test = some_of(data.test, first, 1000);
  return part;
}

TEST(SlowTransferGain, FiveSeedsAreAllBetterThanFromScratch) {
  if (!fs::exists(kPictures)) GTEST_SKIP() << "../shared/data is not there";
  set_progress_style(ProgressStyle::silent);
  const fs::path folder = fs::temp_directory_path() / fmt::format("nasnet-gain-{}", ::getpid());
  fs::remove_all(folder);
  const data::DataSet data = data::load(kPictures, {.image_size = 16});
  ASSERT_EQ(data.classes.size(), 20u);

  FitRequest request;
  request.genotype = space::named_genotype("nasnet-a");
  request.stack = {graph::StackKind::kCifar, 1, 8, 0, {}, false};
  request.device = network::DeviceChoice::kCpu;
  request.threads = 2;
  request.training.epochs = 8;
  request.training.auxiliary_weight = 0;
  request.folder = folder / "source";
  fit(request, ten_classes(data, 0, 450));

  const data::DataSet few = ten_classes(data, 10, 50);
  const RecipeSettings recipe = recipe_settings(TrainRecipe::kFinetune);
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    FitRequest scratch = request;
    scratch.seed = seed;
    scratch.training.epochs = 3;
    scratch.folder = folder / fmt::format("scratch-{}", seed);
    FitRequest tuned = scratch;
    tuned.training = recipe.training;
    tuned.training.epochs = 3;
    tuned.tuning = recipe.tuning;
    tuned.from = folder / "source";
    tuned.folder = folder / fmt::format("tuned-{}", seed);
    const double before = *fit(scratch, few).test_accuracy, after = *fit(tuned, few).test_accuracy;
    RecordProperty(fmt::format("scratch_{}", seed), fmt::format("{:.4f}", before));
    RecordProperty(fmt::format("tuned_{}", seed), fmt::format("{:.4f}", after));
    EXPECT_GT(after, before + 0.04) << seed;
    fmt::print("seed {}: from scratch {:.3f}, tuned {:.3f}\n", seed, before, after);
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace nasnet::train
