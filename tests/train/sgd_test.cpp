#include "nasnet/train/sgd.h"

#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::train {
namespace {

TEST(CosineRate, PublishedValues) {
  // Twenty epochs from 0.025.
  EXPECT_DOUBLE_EQ(cosine_rate(0.025, 0, 20), 0.025);
  EXPECT_NEAR(cosine_rate(0.025, 1, 20), 0.0248461, 5e-8);
  EXPECT_NEAR(cosine_rate(0.025, 10, 20), 0.0125, 1e-12);
  EXPECT_NEAR(cosine_rate(0.025, 19, 20), 0.000153896, 5e-10);
}

/// The formulas of the header in plain doubles, against the tensors.
TEST(Sgd, FollowsItsFormula) {
  network::Network network(
      graph::build(space::named_genotype("nasnet-a"), {"cifar", 1, 4, 3, {8, 8, 1}, false}), 7,
      c10::kCPU, c10::kDouble);
  TrainSettings settings;
  settings.clip = 0.5;
  settings.weight_decay = 0.01;
  Sgd sgd(network, settings);

  std::vector<std::vector<double>> weights, velocity;
  for (const at::Tensor& tensor : network.tensors()) {
    const at::Tensor flat = tensor.detach().contiguous().flatten();
    weights.emplace_back(flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel());
    velocity.emplace_back(static_cast<size_t>(flat.numel()), 0.0);
  }
  for (int step = 0; step < 3; ++step) {
    double square = 0;
    std::vector<std::vector<double>> gradients(weights.size());
    for (size_t p = 0; p < weights.size(); ++p) {
      const graph::Parameter& parameter = network.graph().parameters[p];
      if (!parameter.trainable()) continue;
      at::Tensor gradient = at::zeros_like(network.tensors()[p].detach()).contiguous();
      for (size_t i = 0; i < weights[p].size(); ++i) {
        const double g = std::sin(static_cast<double>(i + p) + step);
        gradient.data_ptr<double>()[i] = g;
        gradients[p].push_back(g + (parameter.decayed() ? 0.01 * weights[p][i] : 0.0));
        square += gradients[p][i] * gradients[p][i];
      }
      network.tensors()[p].mutable_grad() = gradient;
    }
    const double norm = std::sqrt(square), scale = std::min(1.0, 0.5 / norm);
    EXPECT_NEAR(sgd.step(0.1), norm, 1e-9 * norm);
    for (size_t p = 0; p < weights.size(); ++p) {
      if (!network.graph().parameters[p].trainable()) continue;
      const at::Tensor now = network.tensors()[p].detach().contiguous().flatten();
      for (size_t i = 0; i < weights[p].size(); ++i) {
        const double g = gradients[p][i] * scale;
        velocity[p][i] = 0.9 * velocity[p][i] + g;
        weights[p][i] -= 0.1 * (g + 0.9 * velocity[p][i]);
        ASSERT_NEAR(now.data_ptr<double>()[i], weights[p][i], 1e-12);
      }
    }
  }
}

/// What a GPU is given is the same update.
TEST(Sgd, WithoutWaitingIsTheSame) {
  const auto trained = [](bool waiting, double clip) {
    network::Network network(
        graph::build(space::named_genotype("nasnet-a"), {"cifar", 1, 4, 3, {8, 8, 1}, false}), 7,
        c10::kCPU, c10::kDouble);
    TrainSettings settings;
    settings.clip = clip;
    Sgd sgd(network, settings);
    for (int step = 0; step < 3; ++step) {
      for (size_t p = 0; p < network.tensors().size(); p += 1 + p % 2)  // some have no gradient
        if (network.graph().parameters[p].trainable())
          network.tensors()[p].mutable_grad() = network.tensors()[p].detach().sin().add(step);
      waiting ? (void)sgd.step(0.1) : sgd.step_without_waiting(0.1);
    }
    std::vector<at::Tensor> values;
    for (const at::Tensor& tensor : network.tensors()) {
      EXPECT_FALSE(tensor.grad().defined());
      values.push_back(tensor.detach());
    }
    return values;
  };
  for (const double clip : {0.5, 1e6, 0.0}) {
    const std::vector<at::Tensor> expected = trained(true, clip), values = trained(false, clip);
    for (size_t p = 0; p < values.size(); ++p)
      EXPECT_LE(values[p].sub(expected[p]).abs().max().item<double>(), 1e-12) << clip;
  }
}

TEST(DropPath, PublishedSchedule) {
  const graph::Graph cifar =
      graph::build(space::named_genotype("nasnet-a"), graph::stack_settings("cifar"));
  const graph::Graph large =
      graph::build(space::named_genotype("nasnet-a"), graph::stack_settings("large"));
  const auto expect = [](const graph::Graph& graph, int cell, double quarter, double half,
                         double all, double digits) {
    EXPECT_DOUBLE_EQ(network::drop_path_keep(graph, cell, 0), 1);
    EXPECT_NEAR(network::drop_path_keep(graph, cell, 0.25), quarter, digits);
    EXPECT_NEAR(network::drop_path_keep(graph, cell, 0.5), half, digits);
    EXPECT_NEAR(network::drop_path_keep(graph, cell, 1), all, digits);
  };
  expect(cifar, 0, 0.995, 0.99, 0.98, 1e-12);
  expect(cifar, 6, 0.965, 0.93, 0.86, 1e-12);
  expect(cifar, 13, 0.93, 0.86, 0.72, 1e-12);
  expect(cifar, 19, 0.90, 0.80, 0.60, 1e-12);
  expect(large, 0, 0.996591, 0.993182, 0.986364, 5.1e-7);
  expect(large, 8, 0.969318, 0.938636, 0.877273, 5.1e-7);
  expect(large, 21, 0.925, 0.85, 0.70, 1e-12);
}

}  // namespace
}  // namespace nasnet::train
