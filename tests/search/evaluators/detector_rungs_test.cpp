#include <gtest/gtest.h>

#include <set>

#include "nasnet/data/write_png.h"
#include "nasnet/search/evaluators/detector_child.h"
#include "nasnet/search/evaluators/evaluator_kind.h"
#include "tests/data/made_file.h"
#include "tests/search/evaluators/children.h"

namespace nasnet::search {
namespace {

/// Grey pictures of 96 x 64, each with a dark square on it: twelve to train on, one to test.
std::shared_ptr<const boxes::DetectionSet> squares() {
  auto set = std::make_shared<boxes::DetectionSet>();
  set->name = "squares";
  set->categories = {{1, "square"}};
  set->splits = {{.name = "train", .kind = data::Split::kTrain},
                 {.name = "test", .kind = data::Split::kTest}};
  for (int id = 0; id < 13; ++id) {
    data::Image picture{64, 96, std::vector<uint8_t>(size_t{3} * 64 * 96, 120)};
    const int edge = 16 + 2 * (id % 5), x = 3 * id, y = 2 * id;
    for (int row = y; row < y + edge; ++row)
      std::fill_n(picture.pixels.begin() + 3 * (96 * row + x), 3 * edge, 20);
    boxes::DetectionImage image{.path = std::to_string(id), .id = id, .width = 96, .height = 64};
    image.file = data::made_file(image.path, [png = data::encode_png(picture)] { return png; });
    boxes::Object object;
    object.written = {double(x), double(y), double(edge), double(edge)};
    object.box = boxes::to_box(object.written);
    object.area = object.written.area();
    image.objects = {object};
    set->splits[id < 12 ? 0 : 1].images.push_back(std::move(image));
  }
  return set;
}

class DetectorRungs : public testing::Test {
 protected:
  DetectorRungs() {
    settings_.design.filters = 4;
    settings_.design.shortest = 64;
    settings_.design.longest = 96;
    settings_.design.proposals = 20;
    settings_.training.epochs = 4;
    settings_.validation_images = 4;
  }

  /// Evaluates, and counts the images that it took.
  Measurements evaluate(int64_t epochs) {
    images_ = 0;
    const Task task = {
        .seed = 1, .arm = "search", .choices = random_choices(space_, 0), .epochs = epochs};
    const auto evaluator =
        make_detector_evaluator(set_, std::make_shared<space::NasnetSpace>(space_), settings_, 1);
    const Measurements result = evaluator->evaluate(task, [&](int64_t more) { images_ += more; });
    curve_ = evaluator->learning_curve();
    return result;
  }

  std::shared_ptr<const boxes::DetectionSet> set_ = squares();
  space::NasnetSpace space_{{.blocks = 2}};
  DetectorChildSettings settings_;
  TestFolder folder_;
  int64_t images_ = 0;
  std::vector<CurvePoint> curve_;
};

TEST_F(DetectorRungs, GoingOnFromACheckpointChangesNothingButTheCost) {
  const Measurements early = evaluate(1), whole = evaluate(0);
  EXPECT_EQ(images_, 4 * 8);
  EXPECT_NE(early.at("train_loss"), whole.at("train_loss"));

  settings_.checkpoints = folder_.path().string();
  EXPECT_EQ(evaluate(1), early);
  EXPECT_EQ(images_, 8);
  EXPECT_EQ(evaluate(1), early) << "made again, there is nothing to train";
  EXPECT_EQ(images_, 0);
  EXPECT_EQ(evaluate(0), whole);
  EXPECT_EQ(images_, 3 * 8);
  ASSERT_EQ(curve_.size(), 4u) << "with the epoch before the checkpoint";
  EXPECT_EQ(curve_.back().loss, whole.at("train_loss"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path())) << "after the last rung";
}

/// The counter knows beforehand what each trained detector is then found to have.
TEST_F(DetectorRungs, CountsAreThoseOfTheTrainedDetector) {
  settings_.training.epochs = 1;
  for (const detect::Head head : {detect::Head::kLayers, detect::Head::kPaper}) {
    settings_.design.head = head;
    const auto evaluator =
        make_detector_evaluator(set_, std::make_shared<space::NasnetSpace>(space_), settings_, 1);
    const auto counter = evaluator->counter();
    ASSERT_NE(counter, nullptr);
    std::set<double> sizes;
    for (uint64_t index = 0; index < 2; ++index) {
      const Task task = {.seed = 1, .arm = "search", .choices = random_choices(space_, index)};
      const Measurements counted = counter->count(task.choices, counter->quantities());
      EXPECT_EQ(counter->count(task.choices, {"parameters"}), counted);
      const Measurements trained = evaluator->evaluate(task, {});
      for (const std::string& name : counter->quantities())
        EXPECT_EQ(counted.at(name), trained.at(name)) << name;
      sizes.insert(counted.at("multiply_adds"));
    }
    EXPECT_EQ(sizes.size(), 2u);
    EXPECT_EQ(evaluator->worthless().at(kAp50), 0);
  }
}

TEST_F(DetectorRungs, AnotherChildsCheckpointIsAsIfItWereNotThere) {
  const Measurements whole = evaluate(0);
  settings_.checkpoints = folder_.path().string();
  settings_.training.learning_rate /= 2;
  evaluate(2);
  settings_.training.learning_rate *= 2;
  EXPECT_EQ(evaluate(0), whole);
  EXPECT_EQ(images_, 4 * 8);
}

TEST_F(DetectorRungs, DataThatWereReadToChooseTheEvaluatorAreNotReadAgain) {
  const auto evaluator =
      evaluators()
          .find("detector")
          .make(settings_, {.space = std::make_shared<space::NasnetSpace>(space_),
                            .data = "not there",
                            .opened = set_});
  EXPECT_TRUE(evaluator->facts().headline.starts_with("squares: ")) << evaluator->facts().headline;
}

}  // namespace
}  // namespace nasnet::search
