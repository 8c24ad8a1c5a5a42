#include "nasnet/detect/detector_trainer.h"

#include <gtest/gtest.h>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/boxes/coco_metric.h"
#include "nasnet/detect/backbone.h"
#include "nasnet/detect/paper_head.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::detect {
namespace {

/// Red and green squares on grey; some images are empty.
Picture squares(int64_t number) {
  Random random(9, static_cast<uint64_t>(number), "squares");
  Picture picture;
  picture.image = {96, 128, std::vector<uint8_t>(size_t{3} * 96 * 128, 90)};
  const int count = number % 3 == 2 ? 0 : 1 + static_cast<int>(random.below(2));
  for (int k = 0; k < count; ++k) {
    const int edge = 16 + static_cast<int>(random.below(24));
    const int x = 64 * k + static_cast<int>(random.below(64U - static_cast<uint32_t>(edge)));
    const int y = static_cast<int>(random.below(96U - static_cast<uint32_t>(edge)));
    const int label = static_cast<int>(random.below(2));
    for (int row = y; row < y + edge; ++row)
      for (int column = x; column < x + edge; ++column)
        picture.image.pixels[static_cast<size_t>((row * 128 + column) * 3 + label)] = 250;
    picture.target.objects.push_back({static_cast<float>(x), static_cast<float>(y),
                                      static_cast<float>(x + edge), static_cast<float>(y + edge)});
    picture.target.labels.push_back(label);
  }
  return picture;
}

PictureSource source(int64_t count) {
  return {.count = count, .picture = squares, .name = [](int64_t k) {
            return "squares " + std::to_string(k);
          }};
}

const data::Normalization kNormalization{{0.4, 0.4, 0.4}, {0.2, 0.2, 0.2}};

std::unique_ptr<Detector> small_detector(Neck neck, int threads) {
  BackboneSettings backbone;
  backbone.stack = graph::stack_settings("mobile");
  backbone.stack.cells = 1;
  backbone.stack.filters = 8;
  backbone.neck = neck;
  backbone.channels = 16;
  backbone.finest = 8;
  DetectorSettings settings;
  for (size_t k = 0; k < level_strides(backbone).size(); ++k)
    settings.proposals.anchors.push_back({.sizes = {24.0F * static_cast<float>(k + 1)}});
  settings.proposals.kept = settings.proposals.kept_training = 40;
  settings.proposals.sample.count = 64;
  settings.regions.sample.count = 32;
  settings.regions.canonical_edge = 112;
  const auto dense = [backbone](const graph::Shape& canvas) {
    return make_dense(space::named_genotype("nasnet-a"), backbone, canvas);
  };
  const int values = region_values(dense({64, 64, 3}), settings.regions.edge);
  return std::make_unique<Detector>(dense, make_head(values, 32, 2), 2, settings,
                                    network::Computation{.threads = threads}, 3);
}

/// With the network's own last stage as the head, smaller than the paper's.
std::unique_ptr<Detector> paper_detector(int threads) {
  BackboneSettings backbone;
  backbone.stack = graph::stack_settings("mobile");
  backbone.stack.cells = 1;
  backbone.stack.filters = 4;
  DetectorSettings settings = paper_settings();
  settings.proposals.anchors[0].sizes = {16, 32};
  settings.proposals.kept = settings.proposals.kept_training = 20;
  settings.regions.sample.count = 16;
  backbone.anchors_per_place = 6;
  const space::Genotype genotype = space::named_genotype("nasnet-a");
  return std::make_unique<Detector>(
      [=](const graph::Shape& canvas) { return make_paper_dense(genotype, backbone, canvas); },
      make_paper_head(genotype, backbone, settings.regions.edge, 2), 2, settings,
      network::Computation{.threads = threads}, 3);
}

std::vector<std::vector<float>> weights_of(const Detector& detector) {
  std::vector<std::vector<float>> all;
  for (const Tensor& tensor : detector.tensors()) all.push_back(tensor.row_major());
  return all;
}

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
