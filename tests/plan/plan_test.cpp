#include "nasnet/plan/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/graph/build.h"
#include "nasnet/plan/pass_memory.h"
#include "nasnet/space/genotypes.h"
#include "tests/space/random_genotype.h"

namespace nasnet::plan {
namespace {

using graph::Shape;
using space::random_genotype;

/// Buffers that live at the same time do not overlap.
TEST(Plan, MemoryIsNeverShared) {
  for (const char* name : {"nasnet-a", "nasnet-b", "amoebanet-c"}) {
    for (const bool training : {true, false}) {
      const Plan plan =
          make_plan(graph::build(space::named_genotype(name), {"cifar", 2, 8, 10, {32, 32, 3}}),
                    {.training = training});
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
      const Copy* copy = as<Copy>(one);
      const bool left_out = copy && copy->term.deferred;
      EXPECT_EQ(done_.count({Work::Kind::kForward, t}), left_out ? 0U : 1U) << t;
      if (as<Convolution>(one)) {
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
    const Convolution* made = as<Convolution>(one);
    if (made && work.kind == Work::Kind::kForward) return;
    const Term* term = term_of(one);
    if (term && term->with >= 0 && as<Convolution>(plan_.steps[static_cast<size_t>(term->with)]))
      expect_earlier_stage(Work::Kind::kForward, term->with);
    if (one.output.buffer >= 0 && !(made && made->held))
      write(one.output.buffer, one.output.channel, channels(one.op), one.adds);
    if (made && made->twin.op >= 0 && !made->twin.held)
      write(made->twin.output.buffer, made->twin.output.channel, channels(made->twin.op), false);
  }

  void backward(const Work& work) {
    const Step& one = plan_.steps[static_cast<size_t>(work.step)];
    for (const Region& zeros : work.zeros)
      write(zeros.buffer, zeros.channel, zeros.channels, false);
    if (one.output.buffer >= 0)
      expect_written(plan_.gradient_of[static_cast<size_t>(one.output.buffer)], one.output.channel,
                     channels(one.op));
    const Convolution* made = as<Convolution>(one);
    if (work.kind == Work::Kind::kBackward && made) {
      if (one.output.buffer >= 0) {
        expect_earlier_stage(Work::Kind::kGradientSums, work.step);
      } else {
        expect_written(made->pending_gradient, 0, channels(one.op));
        expect_earlier_stage(Work::Kind::kBackward, reader_of(work.step));
      }
    }
    finish(work);
    if (work.kind != Work::Kind::kBackward || !one.wants_gradient) return;
    if (one.input.pending) {
      const Step& norm = plan_.steps[static_cast<size_t>(one.input.norm)];
      write(as<Convolution>(norm)->pending_gradient, 0, channels(norm.op), false);
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
    PlanFollower(make_plan(graph, {.training = true}), graph).follow();
  }
  for (const std::string& name : space::genotype_names()) {
    SCOPED_TRACE(name);
    const graph::Graph graph =
        graph::build(space::named_genotype(name), {"cifar", 2, 8, 10, {32, 32, 3}, true});
    PlanFollower(make_plan(graph, {.training = true}), graph).follow();
  }
}

/// The five convolutions of a cell that read one of two states are one stage, their second halves
/// another one.
TEST(Plan, ACellOfNasnetAIsThreeStages) {
  const auto stages = [](int cells) {
    return make_plan(graph::build(space::named_genotype("nasnet-a"),
                                  {"cifar", cells, 8, 10, {32, 32, 3}}),
                     {.training = true})
        .forward.size();
  };
  EXPECT_EQ(stages(3) - stages(2), 9U);  // a cell more in each of three stacks
}

/// The first cell pools the stem twice, for two convolutions.
TEST(Plan, TakesAPoolOnceForAllConvolutions) {
  const graph::Graph graph =
      graph::build(space::named_genotype("nasnet-a"), {"cifar", 1, 8, 10, {32, 32, 3}});
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
  const graph::Graph graph =
      graph::build(space::named_genotype("nasnet-a"), {"mobile", 1, 8, 10, {32, 32, 3}});
  const auto count = static_cast<int>(graph.operators.size());
  const auto make = [&](std::vector<int> outputs) {
    return make_plan(graph, {.training = true, .outputs = std::move(outputs)});
  };
  int refused = 0;
  for (int i = 0; i < count; ++i) {
    const graph::OperatorKind kind = graph.operators[static_cast<size_t>(i)].kind;
    const bool part =
        kind == graph::OperatorKind::kConv || kind == graph::OperatorKind::kDepthwiseConv ||
        kind == graph::OperatorKind::kSubsample || kind == graph::OperatorKind::kDropout ||
        (kind == graph::OperatorKind::kConcat &&
         graph.operators[static_cast<size_t>(graph.operators[static_cast<size_t>(i)].inputs[0])]
                 .kind == graph::OperatorKind::kConv);
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
TEST(Plan, StagesEndWhereAllImagesAreNeededForOutputs) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    const graph::Graph graph =
        graph::build(random_genotype(seed), {"cifar", 1, 8, 10, {32, 32, 3}, seed % 2 == 0});
    PlanSettings settings{.training = true, .outputs = {}, .image_gradient = true};
    for (int i = static_cast<int>(seed % 5); i < static_cast<int>(graph.operators.size()); i += 5) {
      try {
        make_plan(graph, {.outputs = {i}});
        settings.outputs.push_back(i);
      } catch (const Error&) {
      }
    }
    PlanFollower(make_plan(graph, settings), graph).follow();
  }
}

/// The gradient of an early output does not lie about from the beginning of the way back.
TEST(Plan, GradientsOfOutputsComeWhenOthersDo) {
  const graph::Graph graph =
      graph::build(space::named_genotype("nasnet-a"), {"cifar", 2, 8, 10, {32, 32, 3}});
  const auto values = [&](std::vector<int> outputs) {
    return make_plan(graph, {.training = true, .outputs = std::move(outputs)}).values_per_image;
  };
  const int64_t without = values({graph.logits});
  const int64_t with = values({graph.logits, graph.endpoint("Cell_0"), graph.endpoint("Cell_1")});
  EXPECT_LT(with, without + without / 50);
}

TEST(PassMemory, HasTheOutputs) {
  const graph::Graph graph =
      graph::build(space::named_genotype("nasnet-a"), {"cifar", 1, 8, 10, {32, 32, 3}});
  const int cell = graph.endpoint("Cell_0");
  const int64_t bytes = graph.operators[static_cast<size_t>(cell)].output.elements() * 4;
  const auto outputs = [&](bool training, std::vector<int> of) {
    const PlanSettings settings{.training = training, .outputs = std::move(of)};
    return estimate_pass(graph, settings, false, 7).outputs;
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
    const Plan plan = make_plan(
        graph::build(space::named_genotype("nasnet-a"), {"cifar", 2, filters, 10, {32, 32, 3}}),
        {.training = true});
    EXPECT_LT(static_cast<double>(plan.values_per_image), most) << filters;
  }
}

}  // namespace
}  // namespace nasnet::plan
