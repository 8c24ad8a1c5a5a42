#include "nasnet/detect/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "nasnet/boxes/match.h"
#include "nasnet/detect/box_loss.h"
#include "nasnet/detect/paper_head.h"

namespace nasnet::detect {
namespace {

using nlohmann::json;

const std::string kGoldenLosses = NASNET_SOURCE_DIR "/../shared/data/detection/losses.json";

class GoldenLosses : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kGoldenLosses))
      GTEST_SKIP() << "../shared/data/detection is not there";
    all = json::parse(std::ifstream(kGoldenLosses));
  }
  json all;
};

void expect_close(double value, const json& expected) {
  EXPECT_NEAR(value, expected.get<double>(), 1e-6 * std::abs(expected.get<double>()) + 1e-9);
}

/// Codes of anchors are encoded in float32.
void expect_near(double value, const json& expected) {
  EXPECT_NEAR(value, expected.get<double>(), 1e-5 * std::abs(expected.get<double>()) + 1e-7);
}

boxes::Box box_of(const json& row) {
  return {row[0], row[1], row[2], row[3]};
}
boxes::Code code_of(const json& row, size_t first = 0) {
  return {row[first], row[first + 1], row[first + 2], row[first + 3]};
}
std::vector<boxes::Box> boxes_of(const json& rows) {
  std::vector<boxes::Box> boxes;
  for (const json& row : rows) boxes.push_back(box_of(row));
  return boxes;
}

TEST_F(GoldenLosses, SmoothL1AtEveryBeta) {
  for (const auto& [beta, rows] : all["smooth_l1"].items())
    for (size_t k = 0; k < rows["x"].size(); ++k)
      expect_close(smooth_l1(rows["x"][k], std::stod(beta)).value, rows["loss"][k]);
}

TEST_F(GoldenLosses, FocalAtEverySetting) {
  const json& focal = all["focal"];
  int settings = 0;
  for (const auto& [name, rows] : focal.items()) {
    FocalSettings of;
    if (std::sscanf(name.c_str(), "alpha %lf gamma %lf", &of.alpha, &of.gamma) != 2) continue;
    SCOPED_TRACE(name);
    ++settings;
    double sum = 0;
    for (size_t row = 0; row < focal["logits"].size(); ++row)
      for (size_t k = 0; k < 3; ++k) {
        const LossAt loss =
            focal_loss(focal["logits"][row][k], focal["targets"][row][k] == 1.0, of);
        sum += loss.value;
        expect_close(loss.value, rows["loss"][row][k]);
        expect_close(loss.slope, rows["grad"][row][k]);
      }
    expect_close(sum, rows["sum"]);
  }
  EXPECT_EQ(settings, 4);
}

/// RetinaNet's: each image's sum over its objects, the mean of both. One has no objects: divided
/// by 1.
TEST_F(GoldenLosses, FocalOfAnImageWithoutObjectsIsDividedByOne) {
  const json& focal = all["focal"];
  const json& golden = focal["retinanet"];
  double empty = 0, full = 0;
  for (size_t row = 0; row < focal["logits"].size(); ++row)
    for (size_t k = 0; k < 3; ++k) {
      const LossAt nothing = focal_loss(focal["logits"][row][k], false, {});
      const LossAt something =
          focal_loss(focal["logits"][row][k], focal["targets"][row][k] == 1.0, {});
      empty += nothing.value;
      full += something.value / 3;
      expect_close((nothing.slope + something.slope / 3) / 2, golden["grad"][row][k]);
    }
  expect_close(empty, golden["no_ground_truth"]);
  expect_close(full, golden["three_positives"]);
  expect_close((empty + full) / 2, golden["mean_of_both"]);
}

/// Derivatives are by the box's edges. torchvision's C-IoU is no number for a box without area.
TEST_F(GoldenLosses, OfOverlapAndTheirGradients) {
  const json& golden = all["iou_losses"];
  for (const BoxLoss kind : {BoxLoss::kGiou, BoxLoss::kDiou, BoxLoss::kCiou}) {
    SCOPED_TRACE(to_text(kind));
    const json& rows = golden[to_text(kind)];
    for (size_t k = 0; k < golden["pred"].size(); ++k) {
      const LossAtFour loss =
          iou_loss(kind, box_of(golden["pred"][k]), box_of(golden["target"][k]));
      const json& value = rows["loss"][k];
      if (value.is_null()) {
        EXPECT_TRUE(std::isfinite(loss.value));
        for (const double slope : loss.slope) EXPECT_TRUE(std::isfinite(slope));
        continue;
      }
      expect_close(loss.value, value);
      for (size_t i = 0; i < 4; ++i) expect_close(loss.slope[i], rows["grad"][k][i]);
    }
  }
}

/// The first stage's golden cases: sampled anchors of two images, and what they are to learn.
class FirstStage {
 public:
  FirstStage(const json& rpn, boxes::MatchSettings::Rescue rescue) : rpn_(rpn) {
    anchors = boxes_of(rpn["anchors"]);
    for (size_t n = 0; n < 2; ++n) {
      objects.push_back(boxes_of(rpn["gt"][n]));
      matches.push_back(boxes::match(anchors, objects[n], {}, {.rescue = rescue}));
      for (const size_t anchor : rpn["sampled"][n])
        if (matches[n][anchor] != boxes::kIgnored) sampled[n].push_back(anchor);
    }
  }
  /// Of an anchor that is to learn an object.
  LossAtFour box(const BoxLossSettings& settings, const boxes::CodeWeights& weights, size_t n,
                 size_t anchor) const {
    return box_loss(settings, code_of(rpn_["deltas"][n][anchor]), anchors[anchor],
                    objects[n][static_cast<size_t>(matches[n][anchor])], weights);
  }

  std::vector<boxes::Box> anchors;
  std::vector<std::vector<boxes::Box>> objects;
  std::vector<std::vector<int>> matches;
  std::vector<size_t> sampled[2];

 private:
  const json& rpn_;
};

TEST_F(GoldenLosses, OfTheFirstStageAndTheirGradients) {
  const json& rpn = all["rpn"];
  const FirstStage stage(rpn, boxes::MatchSettings::Rescue::kAllTies);
  const double share = 1.0 / static_cast<double>(stage.sampled[0].size() + stage.sampled[1].size());
  EXPECT_EQ(share, 1.0 / rpn["used"].get<double>());
  double objectness = 0, codes = 0;
  for (size_t n = 0; n < 2; ++n)
    for (const size_t anchor : stage.sampled[n]) {
      const bool object = stage.matches[n][anchor] >= 0;
      EXPECT_EQ(object, rpn["labels"][n][anchor] == 1.0);
      const LossAt loss = binary_cross_entropy(rpn["logits"][n][anchor], object);
      objectness += share * loss.value;
      expect_close(share * loss.slope, rpn["grad_logits"][n][anchor]);
      if (!object) continue;
      const LossAtFour box = stage.box({.smooth = rpn["beta"]}, {}, n, anchor);
      codes += share * box.value;
      for (size_t k = 0; k < 4; ++k)
        expect_near(share * box.slope[k], rpn["grad_deltas"][n][anchor][k]);
    }
  expect_close(objectness, rpn["objectness"]);
  expect_near(codes, rpn["box"]);
}

/// The released detector's: Huber's loss, weight 2, means over each image's sample. Its two logits
/// an anchor are a softmax, which is the sigmoid of their difference.
TEST_F(GoldenLosses, OfTheReleasedDetectorsFirstStage) {
  const json& rpn = all["rpn"];
  const json& golden = all["tf_rpn"];
  const FirstStage stage(rpn, boxes::MatchSettings::Rescue::kFirst);
  const ProposalSettings settings = paper_settings().proposals;
  double objectness = 0, codes = 0;
  for (size_t n = 0; n < 2; ++n) {
    const double share = 0.5 / static_cast<double>(stage.sampled[n].size());
    for (const size_t anchor : stage.sampled[n]) {
      const bool object = stage.matches[n][anchor] >= 0;
      const json& logits = golden["objectness_logits_background_object"][n][anchor];
      const LossAt loss =
          binary_cross_entropy(logits[1].get<double>() - logits[0].get<double>(), object);
      objectness += share * loss.value;
      expect_close(share * loss.slope, golden["grad_objectness"][n][anchor][1]);
      expect_close(-share * loss.slope, golden["grad_objectness"][n][anchor][0]);
      if (!object) continue;
      const LossAtFour box = stage.box(settings.box_loss, settings.weights, n, anchor);
      codes += share * box.value;
      for (size_t k = 0; k < 4; ++k)
        expect_near(share * box.slope[k], golden["grad_deltas"][n][anchor][k]);
    }
  }
  expect_close(objectness, golden["objectness"]);
  expect_near(codes, golden["localization"]);
}

/// The second stage's golden cases: the sums of both losses, and their gradients.
struct SecondStage {
  /// `shares`: of each region in the mean.
  SecondStage(const json& golden, const std::vector<int>& labels, const std::vector<double>& shares,
              double beta) {
    for (size_t k = 0; k < labels.size(); ++k) {
      const auto logits = golden["class_logits"][k].get<std::vector<float>>();
      const auto label = static_cast<size_t>(labels[k]);
      class_gradient.emplace_back(logits.size());
      classes +=
          shares[k] * softmax_cross_entropy(logits, labels[k], shares[k], class_gradient.back());
      box_gradient.emplace_back(4 * logits.size());
      if (label == 0) continue;
      for (size_t i = 0; i < 4; ++i) {
        const LossAt loss = smooth_l1(golden["box_regression"][k][4 * label + i].get<double>() -
                                          golden["targets"][k][i].get<double>(),
                                      beta);
        codes += shares[k] * loss.value;
        box_gradient.back()[4 * label + i] = shares[k] * loss.slope;
      }
    }
  }
  double classes = 0, codes = 0;
  std::vector<std::vector<float>> class_gradient;
  std::vector<std::vector<double>> box_gradient;
};

TEST_F(GoldenLosses, OfTheSecondStageAndTheirGradients) {
  const json& golden = all["fast_rcnn"];
  const auto labels = golden["labels"].get<std::vector<int>>();
  const SecondStage stage(golden, labels, std::vector<double>(12, 1.0 / 12), golden["beta"]);
  expect_close(stage.classes, golden["classification"]);
  expect_close(stage.codes, golden["box"]);
  for (size_t k = 0; k < labels.size(); ++k) {
    for (size_t c = 0; c < 4; ++c)
      EXPECT_NEAR(stage.class_gradient[k][c], golden["grad_class_logits"][k][c].get<double>(),
                  1e-8);
    for (size_t i = 0; i < 16; ++i)
      expect_close(stage.box_gradient[k][i], golden["grad_box_regression"][k][i]);
  }
}

TEST_F(GoldenLosses, OfBackgroundAloneHaveNoBoxes) {
  const json& expected = all["fast_rcnn_all_background"];
  const SecondStage stage(all["fast_rcnn"], std::vector<int>(12), std::vector<double>(12, 1.0 / 12),
                          1.0 / 9);
  expect_close(stage.classes, expected["classification"]);
  EXPECT_EQ(stage.codes, 0);
  double sum = 0;
  for (const std::vector<float>& row : stage.class_gradient)
    for (const float slope : row) sum += std::abs(slope);
  EXPECT_NEAR(sum, expected["grad_abs_sum_classes"].get<double>(), 1e-6);
}

/// The released detector's: means over each image's regions, 7 and 5, and weight 2 of Huber's loss.
TEST_F(GoldenLosses, OfTheReleasedDetectorsSecondStage) {
  const json& golden = all["tf_box"];
  const auto labels = all["fast_rcnn"]["labels"].get<std::vector<int>>();
  std::vector<double> shares;
  for (const int regions : golden["images"])
    shares.insert(shares.end(), static_cast<size_t>(regions), 0.5 / regions);
  const BoxLossSettings of_boxes = paper_settings().regions.box_loss;
  const SecondStage stage(all["fast_rcnn"], labels, shares, of_boxes.smooth);
  expect_close(stage.classes, golden["classification"]);
  expect_close(of_boxes.weight * stage.codes, golden["localization"]);
  for (size_t k = 0; k < labels.size(); ++k) {
    for (size_t c = 0; c < 4; ++c)
      EXPECT_NEAR(stage.class_gradient[k][c], golden["grad_class_logits"][k][c].get<double>(),
                  1e-8);
    for (size_t i = 0; i < 12; ++i)  // without the background's
      expect_close(of_boxes.weight * stage.box_gradient[k][4 + i],
                   golden["grad_box_regression"][k][i]);
  }
}

/// By the code, as the network gives it, through the box that it is decoded to. Of C-IoU they are
/// not, as its alpha counts as a constant.
TEST(BoxLoss, ItsDerivativesAreItsDifferences) {
  const boxes::Box anchor{10, 20, 42, 36}, target{14, 17, 38, 41};
  const boxes::CodeWeights weights = boxes::kProposalWeights;
  const auto moved = [](boxes::Code code, size_t k, float by) {
    float* const fields[] = {&code.x, &code.y, &code.width, &code.height};
    *fields[k] += by;
    return code;
  };
  for (const BoxLoss kind : {BoxLoss::kSmoothL1, BoxLoss::kGiou, BoxLoss::kDiou})
    for (const boxes::Code& code : {boxes::Code{0.5F, -1, 0.75F, -0.5F}, boxes::Code{9, 0, -2, 1}})
      for (size_t k = 0; k < 4; ++k) {
        const BoxLossSettings settings{.kind = kind, .weight = 3};
        const auto loss_of = [&](const boxes::Code& of) {
          return box_loss(settings, of, anchor, target, weights);
        };
        constexpr float kStep = 1.0F / 64;
        const double difference =
            (loss_of(moved(code, k, kStep)).value - loss_of(moved(code, k, -kStep)).value) /
            (2 * kStep);
        EXPECT_NEAR(loss_of(code).slope[k], difference, 2e-4 * (1 + std::abs(difference)))
            << to_text(kind) << " " << k;
      }
}

/// As far as sizes are cut off: an infinite box has no slope.
TEST(BoxLoss, IsFiniteForAnyCode) {
  const boxes::Box anchor{0, 0, 16, 16};
  for (const BoxLoss kind : {BoxLoss::kSmoothL1, BoxLoss::kGiou, BoxLoss::kDiou, BoxLoss::kCiou})
    for (const float size : {-1e6F, -100.0F, 0.0F, 100.0F, 1e6F}) {
      const LossAtFour loss = box_loss({.kind = kind}, {size, -size, size, size}, anchor, anchor,
                                       boxes::kProposalWeights);
      EXPECT_TRUE(std::isfinite(loss.value)) << to_text(kind) << " " << size;
      for (const double slope : loss.slope) EXPECT_TRUE(std::isfinite(slope));
    }
}

TEST(Losses, AreFiniteForAnyLogit) {
  for (const float logit : {-1e30F, -200.0F, 0.0F, 200.0F, 1e30F})
    for (const bool object : {true, false}) {
      const LossAt loss = binary_cross_entropy(logit, object);
      EXPECT_TRUE(std::isfinite(loss.value) && std::isfinite(loss.slope)) << logit;
    }
  EXPECT_EQ(binary_cross_entropy(200, false).value, 200);
  EXPECT_EQ(binary_cross_entropy(-200, true).value, 200);
}

}  // namespace
}  // namespace nasnet::detect
