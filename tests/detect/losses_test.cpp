#include "nasnet/detect/losses.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

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
  EXPECT_NEAR(value, expected.get<double>(), 1e-5 * std::abs(expected.get<double>()) + 1e-9);
}

TEST_F(GoldenLosses, SmoothL1AtEveryBeta) {
  for (const auto& [beta, rows] : all["smooth_l1"].items())
    for (size_t k = 0; k < rows["x"].size(); ++k)
      expect_close(smooth_l1(rows["x"][k], std::stod(beta)).value, rows["loss"][k]);
}

TEST_F(GoldenLosses, OfTheFirstStageAndTheirGradients) {
  const json& rpn = all["rpn"];
  const double share = 1.0 / rpn["used"].get<double>();
  double objectness = 0, codes = 0;
  for (size_t n = 0; n < 2; ++n) {
    for (const size_t anchor : rpn["sampled"][n]) {
      const bool object = rpn["labels"][n][anchor] == 1.0;
      const LossAt loss = binary_cross_entropy(rpn["logits"][n][anchor], object);
      objectness += share * loss.value;
      expect_close(share * loss.slope, rpn["grad_logits"][n][anchor]);
    }
    for (const size_t anchor : rpn["positives"][n])
      for (size_t k = 0; k < 4; ++k) {
        const LossAt loss = smooth_l1(
            rpn["deltas"][n][anchor][k].get<float>() - rpn["targets"][n][anchor][k].get<float>(),
            rpn["beta"]);
        codes += share * loss.value;
        expect_close(share * loss.slope, rpn["grad_deltas"][n][anchor][k]);
      }
  }
  expect_close(objectness, rpn["objectness"]);
  expect_close(codes, rpn["box"]);
}

TEST_F(GoldenLosses, OfTheSecondStageAndTheirGradients) {
  const json& golden = all["fast_rcnn"];
  const size_t regions = golden["labels"].size();
  const double share = 1.0 / static_cast<double>(regions);
  double classes = 0, codes = 0;
  for (size_t k = 0; k < regions; ++k) {
    const auto logits = golden["class_logits"][k].get<std::vector<float>>();
    const int label = golden["labels"][k];
    std::vector<float> gradient(logits.size());
    classes += share * softmax_cross_entropy(logits, label, share, gradient);
    for (size_t c = 0; c < gradient.size(); ++c)
      EXPECT_NEAR(gradient[c], golden["grad_class_logits"][k][c].get<double>(), 1e-7);
    if (label == 0) continue;
    for (size_t i = 0; i < 4; ++i) {
      const auto column = 4 * static_cast<size_t>(label) + i;
      const LossAt loss = smooth_l1(
          golden["box_regression"][k][column].get<float>() - golden["targets"][k][i].get<float>(),
          golden["beta"]);
      codes += share * loss.value;
      expect_close(share * loss.slope, golden["grad_box_regression"][k][column]);
    }
  }
  expect_close(classes, golden["classification"]);
  expect_close(codes, golden["box"]);
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
