#include "nasnet/plan/plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/cut.h"
#include "nasnet/graph/nasbench201.h"
#include "nasnet/plan/parts.h"
#include "nasnet/plan/pass_memory.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/nasbench201.h"
#include "tests/space/random_genotype.h"

namespace nasnet::plan {
namespace {

using graph::Shape;
using space::random_genotype;

graph::Graph nasnet_a(int cells = 2) {
  return graph::build(space::named_genotype("nasnet-a"),
                      {graph::StackKind::kCifar, cells, 8, 10, {32, 32, 3}});
}

TEST(Plan, BuffersShareMemory) {
  for (const bool training : {true, false}) {
    const Plan plan = make_plan(nasnet_a(), {.training = training});
    int64_t sum = 0;
    for (const PlanBuffer& buffer : plan.buffers)
      if (!buffer.life.empty()) sum += buffer.shape.elements();
    EXPECT_LT(plan.values_per_image, sum);
  }
}

/// make_plan() checks what it has made.
TEST(Plan, OfAnyGenotypeHolds) {
  for (const bool training : {true, false}) {
    for (uint64_t seed = 0; seed < 60; ++seed) {
      SCOPED_TRACE(seed);
      const graph::Graph graph = graph::build(
          random_genotype(seed), {graph::StackKind::kCifar, 2, 8, 10, {32, 32, 3}, seed % 2 == 0});
      EXPECT_NO_THROW(make_plan(graph, {.training = training}));
    }
    for (const std::string& name : space::genotype_names()) {
      SCOPED_TRACE(name);
      const graph::Graph graph = graph::build(
          space::named_genotype(name), {graph::StackKind::kCifar, 2, 8, 10, {32, 32, 3}, true});
      EXPECT_NO_THROW(make_plan(graph, {.training = training}));
    }
  }
}

TEST(Plan, OfAnyCellOfNasbench201Holds) {
  for (int number = 0; number < space::Nasbench201Space::kCells; number += 61) {
    SCOPED_TRACE(number);
    space::Choices choices;
    for (int rest = number; choices.size() < 6; rest /= 5) choices.push_back(rest % 5);
    const graph::Graph graph = graph::build_nasbench201(choices, {.cells = 2, .filters = 8});
    for (const bool training : {true, false})
      EXPECT_NO_THROW(make_plan(graph, {.training = training, .image_gradient = training}));
    EXPECT_NO_THROW(make_plan(graph, {.training = true, .recomputed_cells = 100}));
  }
}

/// Layers that stay as they are, from the input on, have no way back, and nothing is kept for one.
TEST(Plan, BelowFrozenLayersNothingGoesBack) {
  const auto plan_of = [](size_t frozen_sections) {
    graph::Graph graph = nasnet_a();
    std::vector<bool> frozen(graph.sections.size());
    std::fill_n(frozen.begin(), frozen_sections, true);
    graph::freeze_sections(graph, frozen);
    return make_plan(graph, {.training = true});
  };
  const auto works = [](const Plan& plan) {
    size_t count = 0;
    for (const Stage& stage : plan.backward) count += stage.size();
    return count;
  };
  const size_t sections = nasnet_a().sections.size();
  size_t before = works(plan_of(0)) + 1;
  for (size_t frozen = 0; frozen < sections; ++frozen) {
    const size_t now = works(plan_of(frozen));
    EXPECT_LT(now, before);
    before = now;
  }
  EXPECT_EQ(works(plan_of(sections - 1)), 1) << "the linear layer";
  EXPECT_EQ(works(plan_of(sections)), 0);
  EXPECT_LT(3 * plan_of(sections - 1).values_per_image, plan_of(0).values_per_image);
}

/// Any part may be frozen, not only one from the input on.
TEST(Plan, OfAnyFrozenPartHolds) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    graph::Graph graph = graph::build(
        random_genotype(seed), {graph::StackKind::kCifar, 2, 8, 10, {32, 32, 3}, seed % 2 == 0});
    std::vector<bool> frozen(graph.sections.size());
    for (size_t i = 0; i < frozen.size(); ++i) frozen[i] = (seed * 7 + i * i) % 3 != 0;
    graph::freeze_sections(graph, frozen);
    EXPECT_NO_THROW(make_plan(graph, {.training = true}));
  }
}

TEST(Plan, OfAnyOperationHolds) {
  for (int i = 0; i < space::kOperationCount; ++i) {
    const auto operation = static_cast<space::Operation>(i);
    for (uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE(fmt::format("{} {}", space::name(operation), seed));
      const graph::Graph graph =
          graph::build(space::genotype_with(operation, seed),
                       {graph::StackKind::kCifar, 1, 8, 10, {32, 32, 3}, seed % 2 == 0});
      EXPECT_NO_THROW(make_plan(graph, {.training = seed < 2}));
    }
  }
}

TEST(Plan, ThatIsBrokenIsAnInternalError) {
  const graph::Graph graph = nasnet_a();
  const Plan whole = make_plan(graph, {.training = true});
  const auto fault = [&](const auto& damage) {
    Plan plan = whole;
    damage(plan);
    try {
      check_plan(graph, plan);
    } catch (const InternalError& error) {
      const std::string text = error.what();
      return text.substr(16, text.find(": ", 16) - 16);
    }
    return std::string("none");
  };
  EXPECT_EQ(fault([](Plan&) {}), "none");
  EXPECT_EQ(fault([](Plan& plan) {
              for (Stage& stage : plan.forward)
                std::erase_if(stage,
                              [](const Work& work) { return work.kind == Work::Kind::kResult; });
            }),
            "a work reads only values that an earlier one has written");
  EXPECT_EQ(fault([](Plan& plan) { plan.forward.pop_back(); }),
            "each step is done once on the way forward");
  EXPECT_EQ(fault([](Plan& plan) { plan.backward.pop_back(); }),
            "each convolution that learns has its gradients");
  EXPECT_EQ(fault([](Plan& plan) { plan.forward.insert(plan.forward.begin(), plan.forward[0]); }),
            "a work is done once");
  EXPECT_EQ(fault([](Plan& plan) {
              plan.forward[0].insert(plan.forward[0].end(), plan.forward[1].begin(),
                                     plan.forward[1].end());
              plan.forward.erase(plan.forward.begin() + 1);
            }),
            "a work that needs all images comes in a later stage");
  EXPECT_EQ(fault([](Plan& plan) {
              for (Step& step : plan.steps) step.adds = !step.adds;
            }),
            "the first one to write to a place overwrites it, others add");
  EXPECT_EQ(fault([](Plan& plan) {
              for (PlanBuffer& buffer : plan.buffers) buffer.offset = 0;
            }),
            "buffers that are used at the same time lie apart");
  EXPECT_EQ(fault([](Plan& plan) { plan.values_per_image /= 2; }),
            "a buffer that is used lies in the arena");
}

/// The five convolutions of a cell that read one of two states are one stage, their second halves
/// another one.
TEST(Plan, ACellOfNasnetAIsThreeStages) {
  const auto stages = [](int cells) {
    return make_plan(graph::build(space::named_genotype("nasnet-a"),
                                  {graph::StackKind::kCifar, cells, 8, 10, {32, 32, 3}}),
                     {.training = true})
        .forward.size();
  };
  EXPECT_EQ(stages(3) - stages(2), 9U);  // a cell more in each of three stacks
}

/// The first cell pools the stem twice, for two convolutions.
TEST(Plan, TakesAPoolOnceForAllConvolutions) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          {graph::StackKind::kCifar, 1, 8, 10, {32, 32, 3}});
  for (const bool training : {true, false}) {
    const Plan plan = make_plan(graph, {.training = training});
    EXPECT_EQ(std::count_if(plan.steps.begin(), plan.steps.end(),
                            [&](const Step& step) {
                              return as<Pool>(step) && step.input.op == graph.endpoint("Stem");
                            }),
              1);
  }
}

TEST(Plan, PartsOfStepsAreNoOutputs) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          {graph::StackKind::kMobile, 1, 8, 10, {32, 32, 3}});
  const auto count = static_cast<int>(graph.operators.size());
  const auto make = [&](std::vector<int> outputs) {
    return make_plan(graph, {.training = true, .outputs = std::move(outputs)});
  };
  int refused = 0;
  for (int i = 0; i < count; ++i) {
    const graph::OperatorKind kind = graph.operators[i].kind;
    const bool part =
        kind == graph::OperatorKind::kConv || kind == graph::OperatorKind::kDepthwiseConv ||
        kind == graph::OperatorKind::kSubsample || kind == graph::OperatorKind::kDropout ||
        (kind == graph::OperatorKind::kConcat &&
         graph.operators[graph.operators[i].inputs[0]].kind == graph::OperatorKind::kConv);
    if (part) {
      EXPECT_THROW(make({i}), Error) << i;
      ++refused;
    } else {
      EXPECT_EQ(make({i}).outputs, std::vector<int>{i});
    }
  }
  EXPECT_GT(refused, 20);
  EXPECT_THROW(make({count}), Error);
  EXPECT_THROW(make({-1}), Error);
  EXPECT_THROW(make({5, 5}), Error);
}

/// With any outputs, and the gradient of the images.
TEST(Plan, WithAnyOutputsHolds) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    const graph::Graph graph = graph::build(
        random_genotype(seed), {graph::StackKind::kCifar, 1, 8, 10, {32, 32, 3}, seed % 2 == 0});
    PlanSettings settings{.training = true, .outputs = {}, .image_gradient = true};
    for (int i = static_cast<int>(seed % 5); i < static_cast<int>(graph.operators.size()); i += 5) {
      try {
        make_plan(graph, {.outputs = {i}});
        settings.outputs.push_back(i);
      } catch (const Error&) {
      }
    }
    EXPECT_NO_THROW(make_plan(graph, settings));
  }
}

/// The gradient of an early output does not lie about from the beginning of the way back.
TEST(Plan, GradientsOfOutputsComeWhenOthersDo) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          {graph::StackKind::kCifar, 2, 8, 10, {32, 32, 3}});
  const auto values = [&](std::vector<int> outputs) {
    return make_plan(graph, {.training = true, .outputs = std::move(outputs)}).values_per_image;
  };
  const int64_t without = values({graph.logits});
  const int64_t with = values({graph.logits, graph.endpoint("Cell_0"), graph.endpoint("Cell_1")});
  EXPECT_LT(with, without + without / 50);
}

TEST(PassMemory, HasTheOutputs) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          {graph::StackKind::kCifar, 1, 8, 10, {32, 32, 3}});
  const int cell = graph.endpoint("Cell_0");
  const int64_t bytes = graph.operators[cell].output.elements() * 4;
  const auto outputs = [&](bool training, std::vector<int> of) {
    const PlanSettings settings{.training = training, .outputs = std::move(of)};
    return estimate_pass(graph, settings, ValueType::kFloat32, 7).outputs;
  };
  EXPECT_EQ(outputs(false, {cell}), 7 * bytes);
  EXPECT_EQ(outputs(true, {cell}), 2 * 7 * bytes);
  EXPECT_EQ(outputs(false, {}), 7 * 10 * 4);
  EXPECT_EQ(outputs(false, {cell, graph.logits}), 7 * (bytes + 10 * 4));
}

/// The memory that a training step may take: 370 MiB for 64 images of F=16, 739 of F=32, in
/// float32.
TEST(Plan, MemoryStaysWithinBounds) {
  for (const auto& [filters, most] : {std::pair{16, 1.55e6}, {32, 3.1e6}}) {
    const Plan plan =
        make_plan(graph::build(space::named_genotype("nasnet-a"),
                               {graph::StackKind::kCifar, 2, filters, 10, {32, 32, 3}}),
                  {.training = true});
    EXPECT_LT(static_cast<double>(plan.values_per_image), most) << filters;
  }
}

}  // namespace
}  // namespace nasnet::plan
