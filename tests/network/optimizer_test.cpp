#include "nasnet/network/optimizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/graph/build.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::network {
namespace {

using Values = std::vector<std::vector<double>>;
using Rule = LearningRule::Optimizer;

Values values_of(const std::vector<Tensor>& tensors) {
  Values values;
  for (const Tensor& tensor : tensors)
    values.emplace_back(tensor.values().begin(), tensor.values().end());
  return values;
}

/// The formulas of the header in plain doubles, against the tensors.
class OptimizerFormulas : public testing::Test {
 protected:
  OptimizerFormulas() {
    for (const graph::Parameter& parameter : graph_.parameters) {
      tensors_.emplace_back(parameter.shape);
      tensors_.back().set_row_major(graph::initial_values(parameter, 7));
    }
    weights_ = values_of(tensors_);
  }

  /// Adds a gradient for every trainable parameter; `gradients_` have the decay added and are
  /// clipped.
  void add_gradients(int step) {
    double square = 0;
    gradients_.assign(weights_.size(), {});
    for (size_t p = 0; p < weights_.size(); ++p) {
      float* place = contribution_.places()[p];
      EXPECT_EQ(place != nullptr, graph_.parameters[p].trainable());
      if (!place) continue;
      for (size_t i = 0; i < weights_[p].size(); ++i) {
        EXPECT_EQ(place[i], 0) << "of the step before";
        const double g = std::sin(static_cast<double>(i + p) + step);
        place[i] += static_cast<float>(g);
        const double decay =
            graph_.parameters[p].decayed() ? rule_.weight_decay * weights_[p][i] : 0;
        gradients_[p].push_back(g + decay);
        square += gradients_[p][i] * gradients_[p][i];
      }
    }
    norm_ = std::sqrt(square);
    if (rule_.clip == 0) return;
    for (auto& tensor : gradients_)
      for (double& g : tensor) g *= std::min(1.0, rule_.clip / norm_);
  }

  void expect_weights() {
    const Values now = values_of(tensors_);
    for (size_t p = 0; p < now.size(); ++p)
      for (size_t i = 0; i < now[p].size(); ++i) ASSERT_NEAR(now[p][i], weights_[p][i], 1e-6);
  }

  const graph::Graph graph_ = graph::build(space::named_genotype("nasnet-a"),
                                           {graph::StackKind::kCifar, 1, 4, 3, {8, 8, 1}, false});
  Contribution contribution_{graph_.parameters};
  std::vector<Tensor> tensors_;
  LearningRule rule_;
  Values weights_, gradients_;
  double norm_ = 0;
};

TEST_F(OptimizerFormulas, SgdWithNesterovMomentum) {
  rule_ = {.momentum = 0.9, .weight_decay = 0.01};
  for (const double clip : {0.5, 0.0, 1e9}) {
    rule_.clip = clip;
    Optimizer optimizer(graph_.parameters, tensors_, rule_);
    Values velocity = weights_;
    for (auto& tensor : velocity) std::ranges::fill(tensor, 0.0);
    for (int step = 0; step < 4; ++step) {
      add_gradients(step);
      const uint64_t version = tensors_[0].version();
      EXPECT_NEAR(optimizer.step(contribution_, 0.1, step + 1), norm_, 1e-6 * norm_);
      EXPECT_GT(tensors_[0].version(), version) << "or kernels would not see the change";
      for (size_t p = 0; p < weights_.size(); ++p)
        for (size_t i = 0; i < gradients_[p].size(); ++i) {
          velocity[p][i] = 0.9 * velocity[p][i] + gradients_[p][i];
          weights_[p][i] -= 0.1 * (gradients_[p][i] + 0.9 * velocity[p][i]);
        }
      expect_weights();
    }
  }
}

TEST_F(OptimizerFormulas, RmspropAsTensorFlowDoesIt) {
  rule_ = {.optimizer = Rule::kRmsprop,
           .momentum = 0.8,
           .rmsprop_decay = 0.7,
           .rmsprop_epsilon = 0.01,
           .weight_decay = 0.01};
  for (const double clip : {0.5, 1e9}) {
    rule_.clip = clip;
    Optimizer optimizer(graph_.parameters, tensors_, rule_);
    Values velocity = weights_, mean_square = weights_;
    for (auto& tensor : velocity) std::ranges::fill(tensor, 0.0);
    for (auto& tensor : mean_square) std::ranges::fill(tensor, 1.0);
    for (int step = 0; step < 5; ++step) {
      const double rate = 0.1 / (step + 1);
      add_gradients(step);
      EXPECT_NEAR(optimizer.step(contribution_, rate, step + 1), norm_, 1e-6 * norm_);
      for (size_t p = 0; p < weights_.size(); ++p)
        for (size_t i = 0; i < gradients_[p].size(); ++i) {
          const double g = gradients_[p][i];
          mean_square[p][i] = 0.7 * mean_square[p][i] + 0.3 * g * g;
          velocity[p][i] = 0.8 * velocity[p][i] + rate * g / std::sqrt(mean_square[p][i] + 0.01);
          weights_[p][i] -= velocity[p][i];
        }
      expect_weights();
    }
  }
}

TEST_F(OptimizerFormulas, AdamwWithDecoupledDecay) {
  rule_ = {.optimizer = Rule::kAdamw, .momentum = 0.8, .adamw_decay = 0.95, .adamw_epsilon = 1e-3};
  for (const double clip : {0.5, 1e9}) {
    rule_.clip = clip;
    LearningRule decaying = rule_;  // gradients are without
    decaying.weight_decay = 0.05;
    Optimizer optimizer(graph_.parameters, tensors_, decaying);
    Values mean = weights_;
    for (auto& tensor : mean) std::ranges::fill(tensor, 0.0);
    Values square = mean;
    for (int step = 1; step <= 5; ++step) {
      const double rate = 0.1 / step;
      add_gradients(step);
      EXPECT_NEAR(optimizer.step(contribution_, rate, step), norm_, 1e-6 * norm_);
      for (size_t p = 0; p < weights_.size(); ++p)
        for (size_t i = 0; i < gradients_[p].size(); ++i) {
          const double g = gradients_[p][i];
          mean[p][i] = 0.8 * mean[p][i] + 0.2 * g;
          square[p][i] = 0.95 * square[p][i] + 0.05 * g * g;
          if (graph_.parameters[p].decayed()) weights_[p][i] *= 1 - rate * 0.05;
          weights_[p][i] -= rate * mean[p][i] / (1 - std::pow(0.8, step)) /
                            (std::sqrt(square[p][i] / (1 - std::pow(0.95, step))) + 1e-3);
        }
      expect_weights();
    }
  }
}

TEST_F(OptimizerFormulas, ParametersWithoutGradientStillDecay) {
  for (const Rule rule : {Rule::kSgd, Rule::kRmsprop, Rule::kAdamw}) {
    rule_ = {.optimizer = rule, .weight_decay = 0.1};
    const Values before = values_of(tensors_);
    Optimizer(graph_.parameters, tensors_, rule_).step(contribution_, 0.1, 1);
    const Values after = values_of(tensors_);
    for (size_t p = 0; p < before.size(); ++p) {
      if (graph_.parameters[p].decayed()) {
        EXPECT_LT(std::abs(after[p][0]), std::abs(before[p][0]));
      } else {
        EXPECT_EQ(after[p], before[p]);
      }
    }
  }
}

TEST_F(OptimizerFormulas, NoStepIsTakenAlongWhatIsNotFinite) {
  rule_ = {.momentum = 0.9, .weight_decay = 0.1};
  Optimizer optimizer(graph_.parameters, tensors_, rule_);
  contribution_.places()[0][0] = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(std::isfinite(optimizer.step(contribution_, 0.1, 1)));
  expect_weights();
  EXPECT_EQ(optimizer.state()[0].tensor->values()[0], 0);
}

TEST_F(OptimizerFormulas, StateNamesWhatItHoldsAndIsGivenBack) {
  rule_ = {.optimizer = Rule::kRmsprop, .momentum = 0.9};
  Optimizer optimizer(graph_.parameters, tensors_, rule_);
  const std::vector<NamedTensor> state = optimizer.state();
  EXPECT_EQ(state[0].name, "l1_stem_3x3/weights");
  EXPECT_EQ(state[0].tensor->values()[0], 0);
  EXPECT_EQ(state[1].name, "l1_stem_3x3/weights/RMSProp");
  EXPECT_EQ(state[1].tensor->values()[0], 1);
  add_gradients(1);
  optimizer.step(contribution_, 0.1, 1);
  std::vector<Tensor> kept;
  for (const NamedTensor& one : optimizer.state()) kept.push_back(*one.tensor);
  Optimizer other(graph_.parameters, tensors_, rule_);
  other.set_state(kept);
  for (size_t i = 0; i < kept.size(); ++i)
    EXPECT_TRUE(std::ranges::equal(other.state()[i].tensor->values(), kept[i].values()));
  kept.pop_back();
  EXPECT_ANY_THROW(other.set_state(kept));
}

}  // namespace
}  // namespace nasnet::network
