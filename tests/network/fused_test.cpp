#include "nasnet/network/fused.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/network/network.h"
#include "nasnet/network/plan.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/search_space.h"
#include "tests/network/golden.h"
#include "tests/network/outcome.h"

namespace nasnet::network {
namespace {

using graph::Shape;

void expect_same(const space::Genotype& genotype, const graph::StackSettings& settings,
                 int64_t batch = 3, double progress = 0) {
  network::expect_same(graph::build(genotype, settings), batch, progress);
}

space::Genotype random_genotype(uint64_t seed) {
  const space::NasnetSpace space;
  Random random(seed, 0, "test genotypes");
  space::Choices choices;
  for (const space::Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return space.decode(choices);
}

TEST(Fused, NasnetAEqualsTheReference) {
  expect_same(space::named_genotype("nasnet-a"), {"cifar", 1, 8, 10, {32, 32, 3}, true});
  expect_same(space::named_genotype("nasnet-a"), {"cifar", 2, 16, 10, {16, 16, 3}, false}, 5);
  expect_same(space::named_genotype("nasnet-a"), {"mobile", 1, 12, 7, {65, 64, 3}, true}, 2);
}

TEST(Fused, EveryNamedGenotypeEqualsTheReference) {
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    expect_same(space::named_genotype(name), {"cifar", 1, 6, 5, {15, 15, 3}, true});
  }
}

TEST(Fused, RandomGenotypesEqualTheReference) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    const int edge = 9 + static_cast<int>(seed % 9);
    expect_same(random_genotype(seed),
                {"cifar",
                 1 + static_cast<int>(seed % 2),
                 4 + static_cast<int>(seed % 5),
                 4,
                 {edge, edge + 1, static_cast<int>(1 + seed % 4)},
                 seed % 3 == 0},
                4);
  }
}

TEST(Fused, PoolingOfThePortsEqualsTheReference) {
  for (const graph::Pooling pooling : {graph::Pooling::kKeras, graph::Pooling::kTimm}) {
    graph::StackSettings settings = {"cifar", 1, 8, 10, {15, 16, 3}};
    settings.pooling = pooling;
    expect_same(space::named_genotype("nasnet-a"), settings);
  }
}

TEST(Fused, DropPathAndDropoutDropTheSame) {
  expect_same(space::named_genotype("nasnet-a"), {"cifar", 1, 8, 10, {16, 16, 3}}, 6, 0.9);
  expect_same(space::named_genotype("nasnet-a"), {"large", 1, 8, 10, {64, 64, 3}}, 3, 0.9);
  expect_same(space::named_genotype("nasnet-c"), {"cifar", 1, 8, 10, {16, 16, 3}}, 6, 0.9);
}

TEST(Fused, ThreadsDoNotChangeABit) {
  const graph::Graph graph =
      graph::build(space::named_genotype("nasnet-a"), {"cifar", 1, 8, 10, {16, 16, 3}, true});
  const at::Tensor images = random_images(11, {16, 16, 3}, 2);
  std::vector<Outcome> outcomes;
  const int before = at::get_num_threads();
  for (const int threads : {1, 2, 3, 1}) {
    at::set_num_threads(threads);
    Network network(graph, 3);
    network.set_kernels(Kernels::kFused);
    outcomes.push_back(train_once(network, images));
  }
  at::set_num_threads(before);
  for (size_t i = 1; i < outcomes.size(); ++i) {
    EXPECT_TRUE(outcomes[i].logits.equal(outcomes[0].logits));
    for (size_t k = 0; k < outcomes[0].gradients.size(); ++k)
      EXPECT_TRUE(outcomes[i].gradients[k].equal(outcomes[0].gradients[k])) << k;
  }
}

/// Two passes without a backward in between, other batch sizes, inference between: nothing of one
/// leaks into the next.
TEST(Fused, PassesDoNotDisturbEachOther) {
  const graph::Graph graph =
      graph::build(space::named_genotype("nasnet-a"), {"cifar", 1, 8, 10, {16, 16, 3}, true});
  Network fresh(graph, 3), used(graph, 3);
  fresh.set_kernels(Kernels::kFused);
  used.set_kernels(Kernels::kFused);
  {
    const c10::InferenceMode inference;
    used.forward(random_images(9, {16, 16, 3}, 5));
    used.forward(random_images(2, {16, 16, 3}, 6));
  }
  const at::Tensor images = random_images(4, {16, 16, 3}, 7);
  const Outcome a = train_once(fresh, images), b = train_once(used, images);
  EXPECT_TRUE(a.logits.equal(b.logits));
  for (size_t k = 0; k < a.gradients.size(); ++k) EXPECT_TRUE(a.gradients[k].equal(b.gradients[k]));
}

/// Memory for gradients is used again once they are let go, and not before.
TEST(Fused, GradientsThatAreHeldStayAsTheyAre) {
  Network network(graph::build(space::named_genotype("nasnet-a"), {"cifar", 1, 4, 10, {16, 16, 3}}),
                  3);
  network.set_kernels(Kernels::kFused);
  const auto train = [&](uint64_t seed) {
    Pass pass;
    pass.training = true;
    network.forward(random_images(2, {16, 16, 3}, seed), pass).logits.square().sum().backward();
    std::vector<at::Tensor> gradients;
    for (at::Tensor& tensor : network.tensors())
      if (tensor.requires_grad()) gradients.push_back(tensor.grad());
    return gradients;
  };
  const auto let_go = [&] {
    for (at::Tensor& tensor : network.tensors()) tensor.mutable_grad().reset();
  };
  const std::vector<at::Tensor> held = train(1);
  std::vector<at::Tensor> copies;
  for (const at::Tensor& gradient : held) copies.push_back(gradient.clone());
  let_go();
  const std::vector<at::Tensor> other = train(2);
  let_go();
  const std::vector<at::Tensor> again = train(1);
  for (size_t k = 0; k < held.size(); ++k) {
    EXPECT_TRUE(held[k].equal(copies[k]));
    EXPECT_FALSE(other[k].equal(copies[k]));
    EXPECT_TRUE(again[k].equal(copies[k]));
  }
}

/// Buffers that live at the same time do not overlap.
TEST(Plan, MemoryIsNeverShared) {
  for (const char* name : {"nasnet-a", "nasnet-b", "amoebanet-c"}) {
    for (const bool training : {true, false}) {
      const Plan plan = make_plan(
          graph::build(space::named_genotype(name), {"cifar", 2, 8, 10, {32, 32, 3}}), training);
      int64_t sum = 0;
      for (const PlanBuffer& a : plan.buffers) {
        if (a.first < 0) continue;
        sum += a.shape.elements();
        EXPECT_LE(a.offset + a.shape.elements(), plan.values_per_image);
        for (const PlanBuffer& b : plan.buffers) {
          if (&a == &b || b.first < 0 || a.last < b.first || b.last < a.first) continue;
          EXPECT_TRUE(a.offset + a.shape.elements() <= b.offset ||
                      b.offset + b.shape.elements() <= a.offset);
        }
      }
      EXPECT_LT(plan.values_per_image, sum);
    }
  }
}

/// Follows a plan's works: what they read has been made, and what needs all images an earlier
/// stage.
class PlanFollower {
 public:
  explicit PlanFollower(const Plan& plan, const graph::Graph& graph) : plan_(plan), graph_(graph) {}

  void follow() {
    for (const Stage& stage : plan_.forward) {
      for (const Work& work : stage) forward(work);
      ++stage_;
    }
    for (const Stage& stage : plan_.backward) {
      for (const Work& work : stage) backward(work);
      ++stage_;
    }
    // Each step once on its way forward; its gradients once.
    for (size_t t = 0; t < plan_.steps.size(); ++t) {
      const Step& one = plan_.steps[t];
      const bool left_out = one.kind == Step::Kind::kCopy && one.deferred;
      EXPECT_EQ(done_.count({Work::Kind::kForward, t}), left_out ? 0U : 1U) << t;
      if (is_convolution(one)) {
        EXPECT_EQ(done_.count({Work::Kind::kBackward, t}), 1U) << t;
      }
    }
  }

 private:
  int channels(int op) const { return graph_.operators[static_cast<size_t>(op)].output.channels; }
  void expect_earlier_stage(Work::Kind kind, int step) {
    const auto found = done_.find({kind, static_cast<size_t>(step)});
    ASSERT_NE(found, done_.end()) << "step " << step;
    EXPECT_LT(found->second, stage_) << "step " << step;
  }
  void expect_written(int buffer, int channel, int count) {
    for (int c = channel; c < channel + count; ++c)
      EXPECT_TRUE(written_.count({buffer, c})) << "channel " << c << " of buffer " << buffer;
  }
  void write(int buffer, int channel, int count, bool adds) {
    for (int c = channel; c < channel + count; ++c) {
      if (adds) {
        EXPECT_TRUE(written_.count({buffer, c}));
      } else {
        EXPECT_TRUE(written_.insert({buffer, c}).second) << "overwritten";
      }
    }
  }
  void finish(const Work& work) {
    EXPECT_TRUE(done_.insert({{work.kind, static_cast<size_t>(work.step)}, stage_}).second);
  }

  void forward(const Work& work) {
    const Step& one = plan_.steps[static_cast<size_t>(work.step)];
    if (work.kind == Work::Kind::kResult) {
      expect_earlier_stage(Work::Kind::kForward, work.step);
    } else if (one.input.norm >= 0) {
      expect_earlier_stage(Work::Kind::kForward, one.input.norm);
    } else if (one.input.op > 0) {
      expect_written(one.input.from.buffer, one.input.from.channel, channels(one.input.op));
    }
    finish(work);
    if (is_convolution(one) && work.kind == Work::Kind::kForward) return;
    if (one.with >= 0 && is_convolution(plan_.steps[static_cast<size_t>(one.with)]))
      expect_earlier_stage(Work::Kind::kForward, one.with);
    if (one.output.buffer >= 0 && !one.held)
      write(one.output.buffer, one.output.channel, channels(one.op), one.adds);
    if (one.twin.op >= 0 && !one.twin.held)
      write(one.twin.output.buffer, one.twin.output.channel, channels(one.twin.op), false);
  }

  void backward(const Work& work) {
    const Step& one = plan_.steps[static_cast<size_t>(work.step)];
    for (const Region& zeros : work.zeros)
      write(zeros.buffer, zeros.channel, zeros.channels, false);
    if (one.output.buffer >= 0)
      expect_written(plan_.gradient_of[static_cast<size_t>(one.output.buffer)], one.output.channel,
                     channels(one.op));
    if (work.kind == Work::Kind::kBackward && is_convolution(one)) {
      if (one.output.buffer >= 0) {
        expect_earlier_stage(Work::Kind::kGradientSums, work.step);
      } else {
        expect_written(one.pending_gradient, 0, channels(one.op));
        expect_earlier_stage(Work::Kind::kBackward, reader_of(work.step));
      }
    }
    finish(work);
    if (work.kind != Work::Kind::kBackward || !one.wants_gradient) return;
    if (one.input.pending) {
      const Step& norm = plan_.steps[static_cast<size_t>(one.input.norm)];
      write(norm.pending_gradient, 0, channels(norm.op), false);
    } else {
      const Place& from = plan_.places[static_cast<size_t>(one.input.op)];
      write(plan_.gradient_of[static_cast<size_t>(from.buffer)], from.channel,
            channels(one.input.op), one.gradient_adds);
    }
  }

  int reader_of(int norm) const {
    for (size_t t = 0; t < plan_.steps.size(); ++t)
      if (plan_.steps[t].input.pending && plan_.steps[t].input.norm == norm)
        return static_cast<int>(t);
    return -1;
  }

  const Plan& plan_;
  const graph::Graph& graph_;
  int stage_ = 0;
  std::map<std::pair<Work::Kind, size_t>, int> done_;
  std::set<std::pair<int, int>> written_;  // channels of buffers
};

TEST(Plan, StagesEndWhereAllImagesAreNeeded) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(seed);
    const graph::Graph graph =
        graph::build(random_genotype(seed), {"cifar", 2, 8, 10, {32, 32, 3}, seed % 2 == 0});
    PlanFollower(make_plan(graph, true), graph).follow();
  }
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    const graph::Graph graph =
        graph::build(space::named_genotype(name), {"cifar", 2, 8, 10, {32, 32, 3}, true});
    PlanFollower(make_plan(graph, true), graph).follow();
  }
}

/// The five convolutions of a cell that read one of two states are one stage, their second halves
/// another one.
TEST(Plan, ACellOfNasnetAIsThreeStages) {
  const auto stages = [](int cells) {
    return make_plan(graph::build(space::named_genotype("nasnet-a"),
                                  {"cifar", cells, 8, 10, {32, 32, 3}}),
                     true)
        .forward.size();
  };
  EXPECT_EQ(stages(3) - stages(2), 9U);  // a cell more in each of three stacks
}

/// The first cell pools the stem twice, for two convolutions.
TEST(Plan, TakesAPoolOnceForAllConvolutions) {
  const graph::Graph graph =
      graph::build(space::named_genotype("nasnet-a"), {"cifar", 1, 8, 10, {32, 32, 3}});
  for (const bool training : {true, false}) {
    const Plan plan = make_plan(graph, training);
    EXPECT_EQ(std::count_if(plan.steps.begin(), plan.steps.end(),
                            [&](const Step& step) {
                              return step.kind == Step::Kind::kPool &&
                                     step.input.op == graph.endpoint("Stem");
                            }),
              1);
  }
}

/// What a training step may take: 370 MiB for 64 images of F=16, 739 of F=32, in float32.
TEST(Plan, MemoryStaysWithinBounds) {
  for (const auto& [filters, most] : {std::pair{16, 1.55e6}, {32, 3.1e6}}) {
    const Plan plan = make_plan(
        graph::build(space::named_genotype("nasnet-a"), {"cifar", 2, filters, 10, {32, 32, 3}}),
        true);
    EXPECT_LT(static_cast<double>(plan.values_per_image), most) << filters;
  }
}

struct GoldenGradient {
  const char* name;
  double norm, first;
};

/// The training-mode golden test of spec 9.3, in float32.
TEST(Fused, GoldenTrainingStep) {
  Network network(
      graph::build(space::named_genotype("nasnet-a"), {"cifar", 1, 8, 10, {32, 32, 3}, true}), 1);
  fill_golden(network);
  network.set_kernels(Kernels::kFused);
  const at::Tensor images = golden_images(4, {32, 32, 3}).to(c10::kFloat);
  const at::Tensor labels = at::tensor({3, 1, 4, 1}, c10::kLong);
  Pass pass;
  pass.training = true;
  const Outputs outputs = network.forward(images, pass);
  const at::Tensor main = at::cross_entropy_loss(outputs.logits, labels);
  const at::Tensor auxiliary = at::cross_entropy_loss(outputs.auxiliary_logits, labels);
  EXPECT_NEAR(main.item<double>(), 2.354242115357, 2e-6);
  EXPECT_NEAR(auxiliary.item<double>(), 2.674013062344, 2e-6);
  (main + 0.4 * auxiliary).backward();
  const GoldenGradient gradients[] = {
      {"l1_stem_3x3/weights", 3.276843598, -7.087268492e-2},
      {"l1_stem_bn/gamma", 3.730663817e-1, 6.241689502e-2},
      {"cell_0/comb_iter_0/left/separable_5x5_1/depthwise_weights", 8.469539885e-1, 1.386362917e-1},
      {"cell_0/comb_iter_3/left/1x1/weights", 4.419346440e-1, -1.929111012e-2},
      {"cell_0/cell_output/reduction_1/path_conv/weights", 5.996088263e-1, -6.438134554e-3},
      {"reduction_cell_0/comb_iter_1/right/separable_7x7_1/depthwise_weights", 1.215490603,
       7.951965103e-2},
      {"cell_1/path2_conv/weights", 1.080039907, -8.343382520e-2},
      {"cell_1/final_path_bn/gamma", 1.918096504e-1, -5.483647080e-2},
      {"cell_2/beginning_bn/beta", 1.406501803e-1, -1.881384188e-2},
      {"aux_1/aux_logits/Conv/weights", 8.527247752, 6.160005073e-3},
      {"final_layer/FC/weights", 4.091749230, 7.264546493e-2},
      {"final_layer/FC/biases", 5.597343312e-1, 1.425058096e-1}};
  double squares = 0;
  for (size_t i = 0; i < network.tensors().size(); ++i) {
    if (!network.graph().parameters[i].trainable()) continue;
    const at::Tensor gradient = network.tensors()[i].grad();
    ASSERT_TRUE(gradient.defined());
    squares += gradient.to(c10::kDouble).square().sum().item<double>();
    for (const GoldenGradient& expected : gradients) {
      if (network.graph().parameters[i].name != expected.name) continue;
      SCOPED_TRACE(expected.name);
      EXPECT_NEAR(gradient.norm().item<double>(), expected.norm, expected.norm * 1e-4);
      EXPECT_NEAR(gradient.flatten()[0].item<double>(), expected.first, expected.norm * 1e-4);
    }
  }
  EXPECT_NEAR(std::sqrt(squares), 12.596146454744, 1e-4);
}

}  // namespace
}  // namespace nasnet::network
