// The fused network as a part of a graph of autograd's: what other parts may do, it bears.

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <memory>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/libtorch/module.h"
#include "nasnet/space/genotypes.h"
#include "tests/libtorch/outcome.h"

namespace nasnet::libtorch {
namespace {

constexpr Pass kTraining = {.training = true};

Module make() {
  Module network(graph::build(space::named_genotype("nasnet-a"),
                              {graph::StackKind::kCifar, 1, 4, 5, {16, 16, 3}, true}),
                 3);
  network.set_kernels(Kernels::kFused);
  return network;
}

at::Tensor loss_of(const Outputs& outputs) {
  return outputs.logits.square().sum() + 0.4 * outputs.auxiliary_logits.square().sum();
}

std::vector<at::Tensor> trainable(Module& network) {
  std::vector<at::Tensor> chosen;
  for (const at::Tensor& tensor : network.tensors())
    if (tensor.requires_grad()) chosen.push_back(tensor);
  return chosen;
}

/// The gradients that lie in the network, which are let go.
std::vector<at::Tensor> take_gradients(Module& network) {
  std::vector<at::Tensor> gradients;
  for (at::Tensor& tensor : trainable(network)) {
    gradients.push_back(tensor.grad());
    tensor.mutable_grad().reset();
  }
  return gradients;
}

std::vector<at::Tensor> gradients_alone(const at::Tensor& images) {
  Module network = make();
  loss_of(network.forward(images, kTraining)).backward();
  return take_gradients(network);
}

void expect_equal(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    ASSERT_TRUE(a[i].defined() && b[i].defined()) << i;
    EXPECT_TRUE(a[i].equal(b[i])) << i;
  }
}

TEST(Autograd, TwoForwardsBeforeTwoBackwards) {
  const at::Tensor one = random_images(3, {16, 16, 3}, 1), two = random_images(4, {16, 16, 3}, 2);
  Module network = make();
  const at::Tensor a = loss_of(network.forward(one, kTraining));
  const at::Tensor b = loss_of(network.forward(two, kTraining));
  a.backward();
  expect_equal(take_gradients(network), gradients_alone(one));
  b.backward();
  expect_equal(take_gradients(network), gradients_alone(two));
}

TEST(Autograd, AnInferenceBetween) {
  const at::Tensor one = random_images(3, {16, 16, 3}, 1), two = random_images(4, {16, 16, 3}, 2);
  Module network = make();
  const at::Tensor loss = loss_of(network.forward(one, kTraining));
  {
    const c10::InferenceMode inference;
    network.forward(two);
  }
  loss.backward();
  expect_equal(take_gradients(network), gradients_alone(one));
}

TEST(Autograd, ABackwardTwiceIsAnError) {
  const at::Tensor images = random_images(3, {16, 16, 3}, 1);
  Module network = make();
  const at::Tensor loss = loss_of(network.forward(images, kTraining));
  loss.backward({}, /*retain_graph=*/true);
  expect_equal(take_gradients(network), gradients_alone(images));
  EXPECT_THROW(loss.backward(), std::exception);
}

TEST(Autograd, ANetworkThatDiesFirst) {
  const at::Tensor images = random_images(3, {16, 16, 3}, 1);
  auto network = std::make_unique<Module>(make());
  std::vector<at::Tensor> parameters = trainable(*network);
  const at::Tensor loss = loss_of(network->forward(images, kTraining));
  network.reset();
  loss.backward();
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : parameters) gradients.push_back(parameter.grad());
  expect_equal(gradients, gradients_alone(images));
}

TEST(Autograd, GradOfSomeParametersAlone) {
  const at::Tensor images = random_images(3, {16, 16, 3}, 1);
  Module network = make();
  const std::vector<at::Tensor> all = trainable(network);
  const std::vector<at::Tensor> expected = gradients_alone(images);
  const at::Tensor loss = loss_of(network.forward(images, kTraining));
  const std::vector<at::Tensor> found =
      torch::autograd::grad({loss}, {all[0], all[all.size() / 2], all.back()});
  expect_equal(found, {expected[0], expected[all.size() / 2], expected.back()});
  for (const at::Tensor& parameter : all) EXPECT_FALSE(parameter.grad().defined());
}

TEST(Autograd, HooksOfParametersAreCalled) {
  const at::Tensor images = random_images(3, {16, 16, 3}, 1);
  Module network = make();
  std::vector<at::Tensor> all = trainable(network);
  int calls = 0;
  all[3].register_hook([&](const at::Tensor& gradient) {
    ++calls;
    return gradient * 2;
  });
  loss_of(network.forward(images, kTraining)).backward();
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(all[3].grad().equal(gradients_alone(images)[3] * 2));
}

TEST(Autograd, GradientsAddUp) {
  const at::Tensor images = random_images(3, {16, 16, 3}, 1);
  Module network = make();
  loss_of(network.forward(images, kTraining)).backward();
  loss_of(network.forward(images, kTraining)).backward();
  std::vector<at::Tensor> twice = gradients_alone(images);
  for (at::Tensor& gradient : twice) gradient = gradient + gradient;
  expect_equal(take_gradients(network), twice);
}

TEST(Autograd, ALossOfOneOutputAlone) {
  const at::Tensor images = random_images(3, {16, 16, 3}, 1);
  for (const bool main : {true, false}) {
    Module fused = make(), plain = make();
    plain.set_kernels(Kernels::kReference);
    for (Module* network : {&fused, &plain}) {
      const Outputs outputs = network->forward(images, kTraining);
      (main ? outputs.logits : outputs.auxiliary_logits).square().sum().backward();
    }
    const std::vector<at::Tensor> ours = take_gradients(fused), theirs = take_gradients(plain);
    for (size_t i = 0; i < ours.size(); ++i) {
      if (!theirs[i].defined()) continue;
      EXPECT_LT(distance(ours[i], theirs[i]), 1e-3 * theirs[i].norm().item<double>() + 1e-4) << i;
    }
  }
}

TEST(Autograd, ImagesHaveAGradientWhereTheyRequireOne) {
  std::vector<at::Tensor> gradients;
  for (const Kernels kernels : {Kernels::kFused, Kernels::kReference}) {
    Module network = make();
    network.set_kernels(kernels);
    at::Tensor images = random_images(3, {16, 16, 3}, 1);
    images.set_requires_grad(true);
    loss_of(network.forward(images, kTraining)).backward();
    gradients.push_back(images.grad());
  }
  ASSERT_TRUE(gradients[0].defined());
  EXPECT_LT(distance(gradients[0], gradients[1]), 1e-3 * gradients[1].norm().item<double>());
}

TEST(Autograd, NoGraphWhereNoneIsWanted) {
  Module network = make();
  const at::NoGradGuard no_gradients;
  EXPECT_FALSE(network.forward(random_images(2, {16, 16, 3}, 1), kTraining).logits.requires_grad());
}

}  // namespace
}  // namespace nasnet::libtorch
