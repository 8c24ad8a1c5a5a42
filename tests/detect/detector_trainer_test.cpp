#include "nasnet/detect/detector_trainer.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/boxes/coco_metric.h"
#include "nasnet/detect/batch_order.h"
#include "tests/detect/small_detector.h"

namespace nasnet::detect {
namespace {

TEST(DetectorTrainer, ResumesBitForBitAndOnAnyNumberOfThreads) {
  const DetectorTraining settings{.epochs = 3, .batch = 2, .warmup_steps = 2};
  for (const Neck neck : {Neck::kPyramid, Neck::kSingle}) {
    const auto straight = small_detector(neck, 1);
    DetectorTrainer whole(*straight, source(5), kNormalization, settings, 7);
    EXPECT_EQ(whole.total_steps(), 6);
    EXPECT_TRUE(whole.run());
    EXPECT_EQ(whole.state().history.size(), 3U);
    for (const int64_t stop : {1, 4}) {
      const auto first = small_detector(neck, 2);
      DetectorTrainer begun(*first, source(5), kNormalization, settings, 7);
      EXPECT_FALSE(begun.run([&](const DetectorState& state) { return state.step < stop; }));
      const auto second = small_detector(neck, 2);
      DetectorTrainer resumed(*second, source(5), kNormalization, settings, 7);
      for (size_t k = 0; k < second->tensors().size(); ++k)
        second->tensors()[k].set_row_major(first->tensors()[k].row_major());
      std::vector<Tensor> optimizer;
      for (const network::NamedTensor& one : begun.optimizer_state())
        optimizer.push_back(*one.tensor);
      resumed.set_state(begun.state(), optimizer);
      EXPECT_TRUE(resumed.run());
      EXPECT_EQ(weights_of(*second), weights_of(*straight));
      EXPECT_EQ(resumed.state().history.back().losses.sum(),
                whole.state().history.back().losses.sum());
    }
  }
}

TEST(DetectorTrainer, ThePapersHeadLearnsAndFinds) {
  const DetectorTraining settings{.epochs = 4, .batch = 2, .warmup_steps = 2};
  std::vector<std::vector<std::vector<float>>> weights;
  for (const int threads : {1, 2}) {
    const auto detector = paper_detector(threads);
    DetectorTrainer trainer(*detector, source(4), kNormalization, settings, 7);
    EXPECT_TRUE(trainer.run());
    EXPECT_LT(trainer.state().history.back().losses.sum(),
              trainer.state().history.front().losses.sum());
    weights.push_back(weights_of(*detector));
    const Picture picture = squares(0);
    const auto found = detector->detect(make_batch({&picture}, kNormalization));
    EXPECT_FALSE(found[0].empty());
    for (const Detected& one : found[0]) {
      EXPECT_GE(one.box.x0, 0);
      EXPECT_LE(one.box.x1, 128);
      EXPECT_GT(one.box.area(), 0);
    }
  }
  EXPECT_EQ(weights[0], weights[1]);
}

TEST(DetectorTrainer, ALossThatIsNoNumberStopsWithItsImages) {
  const auto detector = small_detector(Neck::kPyramid, 1);
  DetectorTrainer trainer(*detector, source(2), kNormalization, {.epochs = 1, .batch = 2}, 7);
  detector->tensors().back().change()[0] = std::numeric_limits<float>::quiet_NaN();
  try {
    trainer.run();
    FAIL() << "no error";
  } catch (const NotANumber& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("at step 1, of squares"), std::string::npos) << message;
  }
}

/// It is read ahead on a thread; the steps before it are done.
TEST(DetectorTrainer, APictureThatCannotBeReadEndsTheTrainingInItsStep) {
  PictureSource damaged = source(4);
  damaged.picture = [](int64_t number) {
    if (number == 3) throw InputError("squares 3: the picture is cut off");
    return squares(number);
  };
  const auto detector = small_detector(Neck::kPyramid, 2);
  DetectorTrainer trainer(*detector, damaged, kNormalization, {.epochs = 9, .batch = 1}, 7);
  int64_t steps = 0;
  try {
    trainer.run([&](const DetectorState& state) {
      steps = state.step;
      return true;
    });
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "squares 3: the picture is cut off");
  }
  const std::vector<int64_t> order = batch_order(damaged, 1, 7, 0);
  EXPECT_EQ(steps, std::ranges::find(order, 3) - order.begin());
}

TEST(DetectorTrainer, SetsWithoutObjectsTeachBackground) {
  const auto detector = small_detector(Neck::kPyramid, 1);
  PictureSource empty = source(2);
  empty.picture = [](int64_t) { return squares(2); };
  DetectorTrainer trainer(*detector, empty, kNormalization, {.epochs = 3, .batch = 2}, 7);
  EXPECT_TRUE(trainer.run());
  EXPECT_EQ(trainer.state().history.back().losses.proposals, 0);
  EXPECT_EQ(trainer.state().history.back().losses.boxes, 0);
}

TEST(SlowDetectorTrainer, LearnsToFindSquares) {
  const auto detector = small_detector(Neck::kPyramid, 2);
  DetectorTrainer trainer(*detector, source(24), kNormalization, {.epochs = 50, .batch = 4}, 7);
  EXPECT_TRUE(trainer.run());
  boxes::Truth truth;
  truth.categories = {0, 1};
  std::vector<boxes::Detection> found;
  for (int64_t n = 0; n < 24; ++n) {
    const Picture picture = squares(n);
    truth.images.push_back(n);
    for (size_t k = 0; k < picture.target.objects.size(); ++k) {
      const boxes::Box& box = picture.target.objects[k];
      truth.objects.push_back({.image = static_cast<int>(n),
                               .category = picture.target.labels[k],
                               .box = {box.x0, box.y0, box.width(), box.height()},
                               .area = box.area()});
    }
    const auto all = detector->detect(make_batch({&picture}, kNormalization));
    for (const Detected& one : all[0])
      found.push_back({static_cast<int>(n),
                       one.label,
                       {one.box.x0, one.box.y0, one.box.width(), one.box.height()},
                       one.score});
  }
  EXPECT_GT(boxes::measure(truth, found).numbers().ap50, 0.9);
}

}  // namespace
}  // namespace nasnet::detect
