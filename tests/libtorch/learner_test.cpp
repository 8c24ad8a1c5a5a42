#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/libtorch/torch_network.h"
#include "nasnet/network/contribution.h"
#include "nasnet/network/fused_network.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/train/layer_groups.h"
#include "tests/libtorch/golden.h"

namespace nasnet::libtorch {
namespace {

using network::LearningRule;

/// The largest difference of two lists of tensors, as a share of the largest value, at least 1.
double difference(const std::vector<network::NamedTensor>& a,
                  const std::vector<network::NamedTensor>& b) {
  EXPECT_EQ(a.size(), b.size());
  double worst = 0, largest = 1;
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].tensor->shape(), b[i].tensor->shape());
    for (size_t k = 0; k < a[i].tensor->values().size(); ++k) {
      const double x = a[i].tensor->values()[k], y = b[i].tensor->values()[k];
      worst = std::max(worst, std::abs(x - y));
      largest = std::max(largest, std::abs(y));
    }
  }
  return worst / largest;
}

/// Steps of training by the core, and the same ones by libtorch: its operators, its autograd, its
/// loss, its optimizers.
class Learners : public testing::TestWithParam<LearningRule> {
 protected:
  std::shared_ptr<const graph::Graph> graph_ = std::make_shared<const graph::Graph>(graph::build(
      space::named_genotype("nasnet-a"), {graph::StackKind::kCifar, 1, 8, 7, {32, 32, 3}, true}));
  network::FusedNetwork own_{graph_, 3, {}};
  TorchNetwork theirs_{
      graph_,
      3,
      {.device = {.cuda = test_device().is_cuda()}, .kernels = network::Kernels::kReference}};

  Tensor images(uint64_t step) const {
    Tensor batch({6, 3, 32, 32});
    Random random(step, 0, "images");
    for (float& value : batch.change()) value = static_cast<float>(random.normal());
    return batch;
  }
};

TEST_P(Learners, AgreeAboutEveryStep) {
  EXPECT_EQ(difference(named_tensors(own_), named_tensors(theirs_)), 0) << "at the beginning";
  const auto own = own_.learn(GetParam()), theirs = theirs_.learn(GetParam());
  const std::vector<int64_t> labels = {0, 6, 2, 2, 5, 1}, others = {6, 2, 2, 5, 1, 0};
  const std::vector<float> shares = {1, 0.5f, 0.25f, 0.9f, 0, 0.7f};
  for (int step = 0; step < 4; ++step) {
    const Tensor batch = images(static_cast<uint64_t>(step));
    const Pass pass = {
        .training = true, .progress = 0.5, .drop_path_keep = 0.7, .seed = 5, .step = step};
    // By two replicas, of four images and of two, but for one step by a single one.
    const auto contribute = [&](network::Part part, size_t place) {
      const double share = static_cast<double>(part.count) / 6;
      const network::Truths truths =
          step == 2 ? network::Truths(labels, others, shares) : network::Truths(labels);
      const network::PartResult a = own->contribute(batch, truths, part, pass, share, place)();
      const network::PartResult b = theirs->contribute(batch, truths, part, pass, share, place)();
      EXPECT_NEAR(a.loss, b.loss, 1e-4 * b.loss);
      EXPECT_EQ(a.correct, b.correct);
    };
    if (step == 3) {
      contribute({0, 6}, 0);
    } else {
      contribute({0, 4}, 0);
      contribute({4, 2}, 1);
      own->add(0, 1);
      theirs->add(0, 1);
    }
    const double norm = theirs->step(0.01, step + 1)();
    EXPECT_NEAR(own->step(0.01, step + 1)(), norm, 2e-3 * norm);
    EXPECT_LT(difference(named_tensors(own_), named_tensors(theirs_)), 1e-3);
    EXPECT_LT(difference(own->optimizer_state(), theirs->optimizer_state()), 2e-3);
    EXPECT_LT(difference(own->average(), theirs->average()), 1e-3);
    // From the same numbers again, or their rounding would grow from step to step.
    theirs_.set_tensors(own_.tensors());
    std::vector<Tensor> optimizer, average;
    for (const network::NamedTensor& one : own->optimizer_state()) optimizer.push_back(*one.tensor);
    for (const network::NamedTensor& one : own->average()) average.push_back(*one.tensor);
    theirs->set_state(optimizer, average);
    EXPECT_EQ(difference(own->optimizer_state(), theirs->optimizer_state()), 0);
    EXPECT_EQ(difference(own->average(), theirs->average()), 0);
  }
  const Tensor batch = images(9);
  const Tensor a = own_.infer(batch), b = theirs_.infer(batch);
  EXPECT_LT(difference({{"logits", &a}}, {{"logits", &b}}), 1e-4);
  own->use_average();
  theirs->use_average();
  EXPECT_EQ(difference(named_tensors(own_), named_tensors(theirs_)), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Rules, Learners,
    testing::Values(LearningRule{.momentum = 0.9, .weight_decay = 5e-4, .clip = 5},
                    LearningRule{.momentum = 0.9,
                                 .clip = 1,
                                 .average = 0.9,
                                 .label_smoothing = 0.1,
                                 .auxiliary_weight = 0.4},
                    LearningRule{.optimizer = LearningRule::Optimizer::kRmsprop,
                                 .momentum = 0.9,
                                 .weight_decay = 4e-5,
                                 .clip = 10,
                                 .average = 0.9999,
                                 .auxiliary_weight = 0.4},
                    LearningRule{.optimizer = LearningRule::Optimizer::kAdamw,
                                 .momentum = 0.9,
                                 .weight_decay = 1e-2,
                                 .clip = 5}));

/// Training in which some layers stay as they are and others learn at rates of their own.
class PartialLearners
    : public testing::TestWithParam<std::tuple<std::string, LearningRule::Optimizer>> {
 protected:
  PartialLearners() {
    graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                      {graph::StackKind::kCifar, 1, 8, 7, {16, 16, 3}, true});
    train::freeze_layers(graph, std::get<0>(GetParam()));
    graph_ = std::make_shared<const graph::Graph>(std::move(graph));
    rule_ = {.optimizer = std::get<1>(GetParam()),
             // A first step of AdamW's is of one size whatever the gradient's: where that is all
             // rounding, which differs between machines, this keeps the step as small.
             .adamw_epsilon = 1e-3,
             .weight_decay = 1e-3,
             .clip = 1,
             .average = 0.9,
             .auxiliary_weight = 0.4,
             .rate_shares = train::rate_shares(*graph_, 0.5)};
    Random random(1, 0, "images");
    for (float& value : images_.change()) value = static_cast<float>(random.normal());
  }

  std::shared_ptr<const graph::Graph> graph_;
  LearningRule rule_;
  Tensor images_{{6, 3, 16, 16}};
  const std::vector<int64_t> labels_ = {0, 6, 2, 2, 5, 1};
};

TEST_P(PartialLearners, AgreeAndLeaveTheRestBitForBit) {
  network::FusedNetwork own(graph_, 3, {});
  TorchNetwork theirs(graph_, 3, {.kernels = network::Kernels::kReference});
  const std::vector<Tensor> before = own.tensors();
  const auto mine = own.learn(rule_), other = theirs.learn(rule_);
  for (int step = 0; step < 3; ++step) {
    const Pass pass = {.training = true,
                       .progress = 0.5,
                       .drop_path_keep = 0.7,
                       .seed = 5,
                       .step = step,
                       .norm_keep = 0.8};
    for (network::Learner* learner : {mine.get(), other.get()}) {
      learner->contribute(images_, labels_, {0, 3}, pass, 0.5, 0)();
      learner->contribute(images_, labels_, {3, 3}, pass, 0.5, 1)();
      learner->add(0, 1);
      learner->step(0.02, step + 1)();
    }
    EXPECT_LT(difference(named_tensors(own), named_tensors(theirs)), 1e-3);
    theirs.set_tensors(own.tensors());
  }
  const std::vector<train::LayerGroup> groups = train::layer_groups(*graph_);
  for (const graph::Operator& op : graph_->operators)
    for (int k = 0; k < op.parameter_count; ++k) {
      const size_t i = op.first_parameter + k;
      const bool same = std::ranges::equal(own.tensors()[i].values(), before[i].values());
      EXPECT_EQ(same, op.frozen) << graph_->parameters[i].name;
      EXPECT_TRUE(!op.frozen || !groups[op.section].head);
    }
  // Branches of frozen layers are not dropped, whatever the step: their statistics are of no batch.
  const auto averages = mine->average();
  for (size_t i = 0; i < averages.size(); ++i)
    EXPECT_TRUE(!graph_->parameters[i].frozen ||
                std::ranges::equal(averages[i].tensor->values(), before[i].values()));
}

INSTANTIATE_TEST_SUITE_P(Layers, PartialLearners,
                         testing::Combine(testing::Values("none", "stem", "2", "trunk"),
                                          testing::Values(LearningRule::Optimizer::kSgd,
                                                          LearningRule::Optimizer::kRmsprop,
                                                          LearningRule::Optimizer::kAdamw)));

/// Against the same passes in double precision.
TEST(Learners, BatchStatisticsAreThoseOfABatchAlone) {
  const auto graph = std::make_shared<const graph::Graph>(graph::build(
      space::named_genotype("nasnet-a"), {graph::StackKind::kCifar, 1, 8, 7, {16, 16, 3}, false}));
  network::FusedNetwork own(graph, 3, {});
  TorchNetwork theirs(graph, 3, {.kernels = network::Kernels::kReference});
  Module exact(*graph, 3, c10::kCPU, c10::kDouble);
  const std::vector<Tensor> before = own.tensors();
  for (uint64_t batch = 0; batch < 2; ++batch) {
    Tensor images({5, 3, 16, 16});
    Random random(batch, 0, "images");
    for (float& value : images.change()) value = static_cast<float>(random.normal());
    const std::vector<Tensor> a = own.batch_statistics(images), b = theirs.batch_statistics(images);
    exact.forward(borrow(images), {.training = true, .norm_keep = 0.0});
    const std::vector<size_t> statistics = network::running_statistics(*graph);
    ASSERT_EQ(a.size(), statistics.size());
    for (size_t k = 0; k < statistics.size(); ++k) {
      const Tensor expected = to_core(exact.tensors()[statistics[k]]);
      for (int64_t i = 0; i < expected.size(); ++i) {
        const double value = expected.values()[i];
        ASSERT_NEAR(a[k].values()[i], value, 2e-6 * std::max(1.0, std::abs(value)));
        ASSERT_NEAR(b[k].values()[i], value, 2e-5 * std::max(1.0, std::abs(value)));
      }
    }
  }
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_TRUE(std::ranges::equal(own.tensors()[i].values(), before[i].values()));
    EXPECT_TRUE(std::ranges::equal(theirs.tensors()[i].values(), before[i].values()));
  }
}

TEST(Learners, ImagesOfAnotherShapeAreRefused) {
  const auto graph = std::make_shared<const graph::Graph>(graph::build(
      space::named_genotype("nasnet-a"), {graph::StackKind::kCifar, 1, 4, 3, {8, 8, 1}, false}));
  network::FusedNetwork own(graph, 1, {});
  TorchNetwork theirs(graph, 1, {.kernels = network::Kernels::kReference});
  for (network::Network* network :
       {static_cast<network::Network*>(&own), static_cast<network::Network*>(&theirs)}) {
    EXPECT_THROW(network->infer(Tensor({2, 1, 8, 9})), InputError);
    EXPECT_THROW(network->infer(Tensor({2, 8, 8})), InputError);
    EXPECT_THROW(network->set_tensors({}), Error);
    EXPECT_EQ(network->infer(Tensor({0, 1, 8, 8})).shape(), (std::vector<int64_t>{0, 3}));
  }
}

}  // namespace
}  // namespace nasnet::libtorch
