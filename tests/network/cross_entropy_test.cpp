#include "nasnet/network/cross_entropy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "nasnet/base/random.h"

namespace nasnet::network {
namespace {

Tensor random_logits(int64_t images, int64_t classes, double scale) {
  Tensor logits({images, classes});
  Random random(1, 0, "logits");
  for (float& one : logits.change()) one = static_cast<float>(scale * random.normal());
  return logits;
}

TEST(CrossEntropy, OfEqualLogitsIsTheLogarithmOfTheirNumber) {
  Tensor gradient;
  const std::vector<int64_t> labels = {2, 0};
  const PartResult result = cross_entropy(Tensor({2, 4}), labels, 0, 1, gradient);
  EXPECT_DOUBLE_EQ(result.loss, std::log(4));
  EXPECT_EQ(result.correct, 1) << "of equal logits the first one is the largest";
  const std::vector<float> expected = {0.125f,  0.125f, -0.375f, 0.125f,
                                       -0.375f, 0.125f, 0.125f,  0.125f};
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_FLOAT_EQ(gradient.values()[i], expected[i]) << i;
}

TEST(CrossEntropy, GradientIsTheSlopeOfTheLoss) {
  const std::vector<int64_t> labels = {3, 0, 1};
  for (const double smoothing : {0.0, 0.1, 0.9}) {
    Tensor logits = random_logits(3, 5, 2), gradient, ignored;
    cross_entropy(logits, labels, smoothing, 0.25, gradient);
    for (size_t i = 0; i < logits.values().size(); ++i) {
      const float before = logits.values()[i];
      std::vector<double> losses;
      for (const float step : {1e-2f, -1e-2f}) {
        logits.change()[i] = before + step;
        losses.push_back(cross_entropy(logits, labels, smoothing, 1, ignored).loss);
      }
      logits.change()[i] = before;
      EXPECT_NEAR(gradient.values()[i], 0.25 * (losses[0] - losses[1]) / 2e-2, 1e-5);
    }
  }
}

TEST(CrossEntropy, LargeLogitsDoNotOverflow) {
  Tensor logits({1, 3}), gradient;
  logits.set_row_major(std::vector<float>{3e38f, -3e38f, 0});
  const std::vector<int64_t> right = {0}, wrong = {1};
  EXPECT_EQ(cross_entropy(logits, right, 0, 1, gradient).loss, 0);
  EXPECT_NEAR(cross_entropy(logits, wrong, 0, 1, gradient).loss, 6e38, 1e32);
  EXPECT_EQ(gradient.values()[1], -1);
}

TEST(CrossEntropy, WhatIsNotANumberIsSaid) {
  const std::vector<int64_t> labels = {0};
  for (const float odd : {std::numeric_limits<float>::infinity(), std::nanf("")})
    for (const size_t place : {0, 1}) {
      Tensor logits({1, 3}), gradient;
      logits.change()[place] = odd;
      EXPECT_FALSE(std::isfinite(cross_entropy(logits, labels, 0, 1, gradient).loss))
          << odd << " at " << place;
    }
}

TEST(CrossEntropy, OfMixedImagesIsTheMeanOfBothClasses) {
  Tensor logits({2, 3});
  const float values[] = {0.3f, -1, 2, 1, 0.5f, -0.25f};
  std::copy_n(values, 6, logits.change().begin());
  const std::vector<int64_t> first = {0, 2}, second = {1, 2};
  const std::vector<float> shares = {0.75f, 0.25f};
  Tensor gradient, of_first, of_second;
  for (const double smoothing : {0.0, 0.1}) {
    double expected = 0;
    for (int64_t n = 0; n < 2; ++n) {
      Tensor one({1, 3});
      std::copy_n(values + 3 * n, 3, one.change().begin());
      expected +=
          shares[n] * cross_entropy(one, std::vector{first[n]}, smoothing, 1, of_first).loss +
          (1 - shares[n]) *
              cross_entropy(one, std::vector{second[n]}, smoothing, 1, of_second).loss;
    }
    const PartResult mixed = cross_entropy(logits, {first, second, shares}, smoothing, 1, gradient);
    EXPECT_NEAR(mixed.loss, expected / 2, 1e-12);
    double sum = 0;
    for (const float slope : gradient.values()) sum += slope;
    EXPECT_NEAR(sum, 0, 1e-7);
  }
}

}  // namespace
}  // namespace nasnet::network
