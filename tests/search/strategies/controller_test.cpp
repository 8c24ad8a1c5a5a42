#include "nasnet/search/strategies/controller.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/search/strategies/controller_math.h"
#include "nasnet/search/strategies/ppo.h"
#include "tests/search/strategies/toy_space.h"

namespace nasnet::search {
namespace {

using Tape = Controller<double>::Tape;

struct Case {
  ToySpace space{2, 4};
  Controller<double> controller{space.decisions(), 6, 5};
  std::vector<space::Choices> choices;

  Case() {
    Tape tape;
    Random random(9, 0, "test");
    controller.sample(
        3, [&](size_t) { return random.uniform(); }, tape);
    choices = tape.choices;
  }

  /// Compares every parameter's gradient of value(tape) with central differences.
  template <class Value>
  void compare(Value value, const std::vector<double>& d_log,
               const std::vector<double>& d_entropy) {
    Tape tape;
    std::vector<double> gradient;
    controller.forward(choices, tape);
    controller.backward(tape, d_log, d_entropy, gradient);
    double scale = 0;
    for (const double g : gradient) scale = std::max(scale, std::abs(g));
    ASSERT_GT(scale, 1e-6);
    for (size_t i = 0; i < gradient.size(); ++i) {
      double& parameter = controller.parameters()[i];
      const double kept = parameter, step = 1e-5;
      parameter = kept + step;
      controller.forward(choices, tape);
      const double up = value(tape);
      parameter = kept - step;
      controller.forward(choices, tape);
      const double down = value(tape);
      parameter = kept;
      ASSERT_NEAR(gradient[i], (up - down) / (2 * step), 1e-6 * scale) << "parameter " << i;
    }
  }
};

TEST(Controller, GradientOfTheLogProbability) {
  Case c;
  const size_t n = 3 * c.controller.steps();
  std::vector<double> weights(n);
  for (size_t i = 0; i < n; ++i) weights[i] = std::sin(static_cast<double>(i) + 1);
  c.compare(
      [&](const Tape& tape) {
        double sum = 0;
        for (size_t i = 0; i < n; ++i) sum += weights[i] * tape.log_probability[i];
        return sum;
      },
      weights, std::vector<double>(n, 0));
}

TEST(Controller, GradientOfTheEntropy) {
  Case c;
  const size_t n = 3 * c.controller.steps();
  for (double& p : c.controller.parameters()) p *= 8;  // away from the flat maximum
  std::vector<double> weights(n);
  for (size_t i = 0; i < n; ++i) weights[i] = std::cos(static_cast<double>(i));
  c.compare(
      [&](const Tape& tape) {
        double sum = 0;
        for (size_t i = 0; i < n; ++i) sum += weights[i] * tape.entropy[i];
        return sum;
      },
      std::vector<double>(n, 0), weights);
}

TEST(Controller, GradientOfThePpoObjectiveOnBothBranches) {
  Case c;
  PpoSettings settings;
  settings.entropy_weight = 0.01;
  Tape tape;
  c.controller.forward(c.choices, tape);
  PolicyBatch<double> batch{c.choices, tape.log_probability, {0.7, -0.4, 0.2}};
  // Old probabilities far enough off that ratios lie below, within and above the clip range.
  for (size_t i = 0; i < batch.old_log_probability.size(); ++i)
    batch.old_log_probability[i] += 0.5 * std::sin(3.0 * static_cast<double>(i) + 0.3);
  std::vector<double> d_log, d_entropy, ignored_log, ignored_entropy;
  ppo_objective(batch, tape, settings, d_log, d_entropy);
  const auto zeros = std::count(d_log.begin(), d_log.end(), 0.0);
  EXPECT_GT(zeros, 5);
  EXPECT_LT(zeros, static_cast<long>(d_log.size()) - 5);
  c.compare(
      [&](const Tape& at) {
        return ppo_objective(batch, at, settings, ignored_log, ignored_entropy);
      },
      d_log, d_entropy);
}

TEST(Controller, ProbabilitiesOfAllCandidatesSumToOne) {
  const ToySpace space(1, 2);  // (2*2*2*2*2)^2 = 1024 candidates
  const Controller<double> controller(space.decisions(), 5, 1);
  std::vector<space::Choices> all(1024, space::Choices(10));
  for (size_t i = 0; i < all.size(); ++i)
    for (size_t t = 0; t < 10; ++t) all[i][t] = static_cast<int>((i >> t) & 1);
  Tape tape;
  controller.forward(all, tape);
  double total = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    double log = 0;
    for (size_t t = 0; t < 10; ++t) log += tape.log_probability[i * 10 + t];
    total += std::exp(log);
  }
  EXPECT_NEAR(total, 1, 1e-12);
}

TEST(Controller, StartsWithinATenthOfZero) {
  const ToySpace space;
  const Controller<float> controller(space.decisions(), 100, 1);
  const auto [low, high] =
      std::minmax_element(controller.parameters().begin(), controller.parameters().end());
  EXPECT_GE(*low, -0.1f);
  EXPECT_LT(*low, -0.099f);
  EXPECT_LE(*high, 0.1f);
  EXPECT_GT(*high, 0.099f);
}

TEST(Controller, SingleAndDoublePrecisionAgree) {
  const ToySpace space;
  Controller<float> single(space.decisions(), 100, 4);
  Controller<double> twice(space.decisions(), 100, 4);
  Random random(2, 0, "test");
  Controller<float>::Tape a;
  Tape b;
  single.sample(
      21, [&](size_t) { return random.uniform(); }, a);
  twice.forward(a.choices, b);
  std::vector<float> weights(a.log_probability.size(), 1), gradient;
  std::vector<double> weights2(weights.size(), 1), gradient2;
  for (size_t i = 0; i < weights.size(); ++i)
    EXPECT_NEAR(a.log_probability[i], b.log_probability[i], 2e-6);
  single.backward(a, weights, weights, gradient);
  twice.backward(b, weights2, weights2, gradient2);
  for (size_t i = 0; i < gradient.size(); ++i) ASSERT_NEAR(gradient[i], gradient2[i], 5e-5) << i;
}

TEST(Kernels, ProductsOfEveryShape) {
  for (size_t m : {1, 3, 4, 9}) {
    for (size_t n : {1, 4, 7, 16, 20, 37, 69}) {
      const size_t k = 5;
      std::vector<float> a(m * k), b(k * n), c(m * n, 0.5f);
      for (size_t i = 0; i < a.size(); ++i) a[i] = static_cast<float>(i % 7) - 3;
      for (size_t i = 0; i < b.size(); ++i) b[i] = static_cast<float>(i % 5) - 2;
      multiply_add({m, k, n, 1, m, n, n}, a.data(), b.data(), c.data());  // a is stored transposed
      for (size_t i = 0; i < m; ++i) {
        for (size_t j = 0; j < n; ++j) {
          float sum = 0.5f;
          for (size_t p = 0; p < k; ++p) sum += a[p * m + i] * b[p * n + j];
          ASSERT_EQ(c[i * n + j], sum) << m << " " << n << " " << i << " " << j;
        }
      }
    }
  }
}

TEST(Kernels, SigmoidAndTanhAgreeWithTheLibrary) {
  std::vector<float> x, y;
  for (float v = -100; v <= 100; v += 0.0137f) x.push_back(v * std::abs(v) * 0.01f);
  y.resize(x.size());
  sigmoid(x.data(), y.data(), x.size());
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_NEAR(y[i], 1 / (1 + std::exp(-static_cast<double>(x[i]))), 3e-7) << x[i];
  tanh(x.data(), y.data(), x.size());
  for (size_t i = 0; i < x.size(); ++i)
    ASSERT_NEAR(y[i], std::tanh(static_cast<double>(x[i])), 3e-7) << x[i];
}

}  // namespace
}  // namespace nasnet::search
