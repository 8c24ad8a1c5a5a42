// Batch norms that are left to their readers: when, and that nothing comes of it but less memory.

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "nasnet/graph/builder.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/plan/plan.h"
#include "tests/libtorch/outcome.h"

namespace nasnet::libtorch {
namespace {

using plan::make_plan;
using plan::Plan;
using plan::Step;

using graph::Builder;
using graph::OperatorKind;
using graph::Shape;

constexpr int kChannels = 5;
const Shape kInput = {13, 11, 3};

/// A batch norm and what reads it, in a network around them.
struct Case {
  std::string name;
  bool held;
  /// Reads x and makes a map of it.
  std::function<int(Builder&, int x)> read;
  bool alone = false;  ///< or does a convolution read it beside that
};

int convolution(Builder& b, int x, const std::string& name, int filters, int kernel = 1,
                int stride = 1) {
  return b.batch_norm(b.conv(x, name, filters, kernel, stride), name + "_bn");
}

int pool(Builder& b, OperatorKind kind, int x, int stride, bool zeros = false) {
  return b.pool(kind, x, 3, stride, true, zeros);
}

std::vector<Case> cases() {
  const auto average = OperatorKind::kAvgPool, maximum = OperatorKind::kMaxPool;
  return {
      {"ReLU and 1x1", true,
       [](Builder& b, int x) { return convolution(b, b.relu(x), "read", 4); }},
      {"1x1", true, [](Builder& b, int x) { return convolution(b, x, "read", 4); }},
      {"3x3", true, [](Builder& b, int x) { return convolution(b, x, "read", 4, 3); }},
      {"ReLU and 3x3 of stride 2", true,
       [](Builder& b, int x) { return convolution(b, b.relu(x), "read", 4, 3, 2); }},
      {"separable", true,
       [](Builder& b, int x) {
         return b.batch_norm(b.pointwise(b.depthwise(b.relu(x), "read", 5, 1), "read", 6), "read");
       }},
      {"separable of stride 2, no ReLU", true,
       [](Builder& b, int x) {
         return b.batch_norm(b.pointwise(b.depthwise(x, "read", 3, 2), "read", 6), "read");
       }},
      {"factorised reduction", true,
       [](Builder& b, int x) { return b.factorized_reduction(b.relu(x), "read", 6); }},
      {"average", true, [=](Builder& b, int x) { return pool(b, average, x, 1); }},
      {"average of stride 2", true, [=](Builder& b, int x) { return pool(b, average, x, 2); }},
      {"average with zeros", true, [=](Builder& b, int x) { return pool(b, average, x, 1, true); }},
      {"maximum", true, [=](Builder& b, int x) { return pool(b, maximum, x, 1); }},
      {"maximum of stride 2", true, [=](Builder& b, int x) { return pool(b, maximum, x, 2); }},
      {"maximum with zeros", true, [=](Builder& b, int x) { return pool(b, maximum, x, 2, true); }},
      {"pool in a sum", true,
       [=](Builder& b, int x) {
         return b.add(pool(b, maximum, x, 1), convolution(b, b.relu(x), "read", kChannels));
       }},
      {"the same pool twice", true,
       [=](Builder& b, int x) {
         return b.add(convolution(b, pool(b, average, x, 2), "left", 4),
                      convolution(b, pool(b, average, x, 2), "right", 4));
       }},
      {"sum with a convolution", true,
       [](Builder& b, int x) { return b.add(x, convolution(b, b.relu(x), "read", kChannels)); }},
      {"sum with itself", true, [](Builder& b, int x) { return b.add(x, x); }},
      {"all at once", true,
       [=](Builder& b, int x) {
         const int sum = b.add(convolution(b, b.relu(x), "one", kChannels, 3), x);
         return b.concat({sum, pool(b, maximum, x, 1), convolution(b, x, "two", 3)});
       }},
      {"average alone", true, [=](Builder& b, int x) { return pool(b, average, x, 2); }, true},
      {"ReLU and two convolutions", true,
       [](Builder& b, int x) {
         return b.add(convolution(b, b.relu(x), "left", 4, 3),
                      convolution(b, b.relu(x), "right", 4));
       },
       true},

      {"one ReLU and convolution", false,  // pending
       [](Builder& b, int x) { return convolution(b, b.relu(x), "read", 4); }, true},
      {"concatenation", false,
       [](Builder& b, int x) {
         return b.concat({convolution(b, x, "read", 3), x});
       }},
      {"sum alone", false,  // lies where the sum does
       [](Builder& b, int x) { return b.add(x, convolution(b, 0, "read", kChannels)); }, true},
      {"pool of a ReLU", false, [=](Builder& b, int x) { return pool(b, average, b.relu(x), 1); }},
      {"mean of all pixels", false, [](Builder& b, int x) { return b.global_pool(b.relu(x)); }},
      {"layer norm", false,
       [](Builder& b, int x) { return b.normalize(OperatorKind::kLayerNorm, x, "read"); }},
      {"instance norm", false,
       [](Builder& b, int x) { return b.normalize(OperatorKind::kInstanceNorm, x, "read"); }},
      {"drop path", false, [](Builder& b, int x) { return b.drop_path(x, 0); }, true},
  };
}

/// The norm x and its twin y, two 1x1 convolutions of the same map, both read.
struct Example {
  graph::Graph graph;
  int x = -1, y = -1;

  /// `x_first`: x is computed before y. `y_held`: y is held, else part of a concatenation.
  Example(const Case& one, bool x_first, bool y_held) {
    graph.settings = {graph::StackKind::kCifar, 1, kChannels, 4, kInput};
    graph.total_cells = 1;
    Builder b(graph);
    const int stem = convolution(b, b.input(kInput), "stem", 6, 3);
    if (x_first) x = convolution(b, b.relu(stem), "x", kChannels);
    y = convolution(b, b.relu(stem), "y", 3);
    if (!x_first) x = convolution(b, b.relu(stem), "x", kChannels);
    std::vector<int> parts = {one.read(b, x)};
    const Shape shape = b.shape(parts[0]);
    const auto beside = [&](int from, const std::string& name) {
      const int map = convolution(b, from, name, 4, 3, shape.height == kInput.height ? 1 : 2);
      parts.push_back(shape.height == 1 ? b.global_pool(b.relu(map)) : map);
    };
    if (!one.alone) beside(b.relu(x), "beside");
    if (y_held) {
      beside(y, "other");
    } else {
      beside(b.relu(b.concat({y, convolution(b, stem, "more", 2)})), "other");
    }
    const int joined = b.concat(parts);
    graph.logits =
        b.linear(shape.height == 1 ? joined : b.global_pool(b.relu(joined)), "logits", 4);
  }
};

/// Calls test(case, example, is y held) for all of them.
void for_each_example(const std::function<void(const Case&, const Example&, bool)>& test) {
  for (const Case& one : cases())
    for (const bool x_first : {true, false})
      for (const bool y_held : {true, false}) {
        SCOPED_TRACE(one.name + (x_first ? ", first" : ", second") +
                     (y_held ? ", both held" : ", other written"));
        test(one, Example(one, x_first, y_held), y_held);
      }
}

/// Is the norm's result kept nowhere, and is that what its step says?
bool is_held(const Plan& plan, int norm) {
  bool says = false;
  for (const Step& step : plan.steps) {
    const auto* made = plan::as<plan::Convolution>(step);
    if (!made) continue;
    if (step.op == norm) says = made->held;
    if (made->twin.op == norm) says = made->twin.held;
  }
  const int buffer = plan.places[static_cast<size_t>(norm)].buffer;
  EXPECT_EQ(says, buffer >= 0 && plan.buffers[static_cast<size_t>(buffer)].life.empty());
  return says;
}

TEST(HeldNorms, AreThoseThatAllReadersCanApply) {
  for_each_example([](const Case& one, const Example& example, bool y_held) {
    const Plan training = make_plan(example.graph, {.training = true});
    EXPECT_EQ(is_held(training, example.x), one.held);
    EXPECT_EQ(is_held(training, example.y), y_held);
    const Plan inference = make_plan(example.graph, {});
    EXPECT_FALSE(is_held(inference, example.x));
    EXPECT_FALSE(is_held(inference, example.y));
  });
}

TEST(HeldNorms, EqualTheReference) {
  for_each_example(
      [](const Case&, const Example& example, bool) { expect_same(example.graph, 3, 0.9); });
}

std::vector<Outcome> on_threads(const graph::Graph& graph, Precision precision) {
  const at::Tensor images = random_images(5, kInput, 2);
  std::vector<Outcome> outcomes;
  const int before = at::get_num_threads();
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    Module network(graph, 3);
    shake_norms(network);
    network.set_kernels(Kernels::kFused);
    network.set_precision(precision);
    outcomes.push_back(train_once(network, images, 0.9));
  }
  at::set_num_threads(before);
  return outcomes;
}

TEST(HeldNorms, ThreadsDoNotChangeABitAndBf16Follows) {
  const bool narrow = kernels::can_multiply_bf16();
  for_each_example([&](const Case&, const Example& example, bool) {
    const std::vector<Outcome> wide = on_threads(example.graph, Precision::kFloat32);
    const std::vector<Outcome> all = narrow ? on_threads(example.graph, Precision::kBf16) : wide;
    double largest = 0;
    for (const at::Tensor& gradient : wide[0].gradients)
      largest = std::max(largest, gradient.norm().item<double>());
    EXPECT_TRUE(wide[0].logits.equal(wide[1].logits));
    EXPECT_TRUE(all[0].logits.equal(all[1].logits));
    for (size_t k = 0; k < wide[0].gradients.size(); ++k) {
      const at::Tensor& exact = wide[0].gradients[k];
      EXPECT_TRUE(exact.equal(wide[1].gradients[k])) << k;
      EXPECT_TRUE(all[0].gradients[k].equal(all[1].gradients[k])) << k;
      EXPECT_LT(distance(all[0].gradients[k], exact),
                0.2 * exact.norm().item<double>() + 0.05 * largest)
          << example.graph.parameters[k].name;
    }
  });
}

}  // namespace
}  // namespace nasnet::libtorch
