#include "nasnet/libtorch/optimizer.h"

#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::libtorch {
namespace {

using Values = std::vector<std::vector<double>>;

Values values_of(const std::vector<at::Tensor>& tensors) {
  Values values;
  for (const at::Tensor& tensor : tensors) {
    const at::Tensor flat = tensor.detach().to(c10::kDouble).contiguous().flatten();
    values.emplace_back(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
  }
  return values;
}

/// The formulas of the header in plain doubles, against the tensors of either type. Weights lie in
/// the order of channels last, and so do their gradients but where `same_order_` is false.
class OptimizerFormulas : public testing::TestWithParam<c10::ScalarType> {
 protected:
  /// Gives every trainable parameter a gradient; `gradients_` have the decay added and are clipped.
  void make_gradients(int step) {
    double square = 0;
    gradients_.assign(weights_.size(), {});
    for (size_t p = 0; p < weights_.size(); ++p) {
      const graph::Parameter& parameter = network_.graph().parameters[p];
      if (!parameter.trainable()) continue;
      const at::Tensor& weight = network_.tensors()[p];
      at::Tensor gradient = at::zeros(weight.sizes(), c10::kDouble);
      for (size_t i = 0; i < weights_[p].size(); ++i) {
        const double g = std::sin(static_cast<double>(i + p) + step);
        gradient.data_ptr<double>()[i] = g;
        const double decay = parameter.decayed() ? rule_.weight_decay * weights_[p][i] : 0;
        gradients_[p].push_back(g + decay);
        square += gradients_[p][i] * gradients_[p][i];
      }
      at::Tensor& given = network_.tensors()[p].mutable_grad();
      given = gradient.to(GetParam());
      if (same_order_) given = at::zeros_like(weight.detach()).copy_(given);
    }
    norm_ = std::sqrt(square);
    for (auto& tensor : gradients_)
      for (double& g : tensor) g *= std::min(1.0, rule_.clip / norm_);
  }

  void expect_weights() {
    const Values now = values_of(network_.tensors());
    for (size_t p = 0; p < now.size(); ++p)
      for (size_t i = 0; i < now[p].size(); ++i)
        ASSERT_NEAR(now[p][i], weights_[p][i], 1e-12 * tolerance());
  }

  double tolerance() const { return GetParam() == c10::kFloat ? 1e6 : 1; }

  Module network_{graph::build(space::named_genotype("nasnet-a"),
                               {graph::StackKind::kCifar, 1, 4, 3, {8, 8, 1}, false}),
                  7, c10::kCPU, GetParam()};
  bool same_order_ = true;
  network::LearningRule rule_{.clip = 5};
  Values weights_ = values_of(network_.tensors()), gradients_;
  double norm_ = 0;
};

TEST_P(OptimizerFormulas, SgdWithNesterovMomentum) {
  rule_.clip = 0.5;
  rule_.weight_decay = 0.01;
  Optimizer optimizer(network_, rule_);
  Values velocity = weights_;
  for (auto& tensor : velocity) std::fill(tensor.begin(), tensor.end(), 0.0);
  for (int step = 0; step < 4; ++step) {
    same_order_ = step % 2 == 0;
    make_gradients(step);
    const int64_t version = network_.tensors()[0]._version();
    EXPECT_NEAR(optimizer.step(0.1, step + 1).item<double>(), norm_, 1e-9 * norm_ * tolerance());
    EXPECT_GT(network_.tensors()[0]._version(), version);  // or kernels would not see the change
    for (size_t p = 0; p < weights_.size(); ++p) {
      for (size_t i = 0; i < gradients_[p].size(); ++i) {
        velocity[p][i] = 0.9 * velocity[p][i] + gradients_[p][i];
        weights_[p][i] -= 0.1 * (gradients_[p][i] + 0.9 * velocity[p][i]);
      }
    }
    expect_weights();
  }
}

TEST_P(OptimizerFormulas, RmspropAsTensorFlowDoesIt) {
  rule_.optimizer = network::LearningRule::Optimizer::kRmsprop;
  rule_.weight_decay = 0.01;
  rule_.momentum = 0.8;
  rule_.rmsprop_decay = 0.7;
  rule_.rmsprop_epsilon = 0.01;
  for (const double clip : {0.5, 1e9}) {
    rule_.clip = clip;
    Optimizer optimizer(network_, rule_);
    Values velocity = weights_, mean_square = weights_;
    for (auto& tensor : velocity) std::fill(tensor.begin(), tensor.end(), 0.0);
    for (auto& tensor : mean_square) std::fill(tensor.begin(), tensor.end(), 1.0);
    for (int step = 0; step < 5; ++step) {
      const double rate = 0.1 / (step + 1);
      make_gradients(step);
      EXPECT_NEAR(optimizer.step(rate, step + 1).item<double>(), norm_, 1e-9 * norm_ * tolerance());
      for (size_t p = 0; p < weights_.size(); ++p) {
        for (size_t i = 0; i < gradients_[p].size(); ++i) {
          const double g = gradients_[p][i];
          mean_square[p][i] = 0.7 * mean_square[p][i] + 0.3 * g * g;
          velocity[p][i] = 0.8 * velocity[p][i] + rate * g / std::sqrt(mean_square[p][i] + 0.01);
          weights_[p][i] -= velocity[p][i];
        }
      }
      expect_weights();
    }
  }
}

TEST_P(OptimizerFormulas, ParametersWithoutGradientStillDecay) {
  using Rule = network::LearningRule::Optimizer;
  for (const Rule rule : {Rule::kSgd, Rule::kRmsprop, Rule::kAdamw}) {
    rule_.optimizer = rule;
    rule_.weight_decay = 0.1;
    rule_.clip = 0;
    Optimizer optimizer(network_, rule_);
    const Values before = values_of(network_.tensors());
    optimizer.step(0.1, 1);
    const Values after = values_of(network_.tensors());
    for (size_t p = 0; p < before.size(); ++p) {
      if (network_.graph().parameters[p].decayed()) {
        EXPECT_LT(std::abs(after[p][0]), std::abs(before[p][0]));
      } else {
        EXPECT_EQ(after[p], before[p]);
      }
    }
  }
}

TEST_P(OptimizerFormulas, StateNamesWhatItHolds) {
  EXPECT_EQ(Optimizer(network_, rule_).state()[0].name, "l1_stem_3x3/weights");
  rule_.optimizer = network::LearningRule::Optimizer::kRmsprop;
  const auto state = Optimizer(network_, rule_).state();
  EXPECT_EQ(state[0].name, "l1_stem_3x3/weights");
  EXPECT_EQ(state[0].tensor.abs().max().item().toDouble(), 0);
  EXPECT_EQ(state[1].name, "l1_stem_3x3/weights/RMSProp");
  EXPECT_EQ(state[1].tensor.min().item().toDouble(), 1);
}

INSTANTIATE_TEST_SUITE_P(Optimizer, OptimizerFormulas, testing::Values(c10::kDouble, c10::kFloat));

}  // namespace
}  // namespace nasnet::libtorch
