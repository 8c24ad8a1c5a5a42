#include "nasnet/fused/executor.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <memory>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/nasbench201.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/plan/plan.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/nasbench201.h"
#include "tests/fused/model.h"
#include "tests/space/random_genotype.h"

namespace nasnet::fused {
namespace {

using graph::Pass;

Model nasnet_a(bool auxiliary = true) {
  return Model(graph::build(space::named_genotype("nasnet-a"),
                            {graph::StackKind::kCifar, 1, 8, 5, {16, 16, 3}, auxiliary}));
}

/// Every seventh operator that can be one, and the logits.
std::vector<int> some_outputs(const graph::Graph& graph) {
  std::vector<int> outputs = {graph.logits};
  for (int i = 0; i < static_cast<int>(graph.operators.size()); i += 7) {
    try {
      plan::make_plan(graph, {.outputs = {i}});
      if (i != graph.logits) outputs.push_back(i);
    } catch (const Error&) {  // a part of a step
    }
  }
  return outputs;
}

TEST(Executor, GradientsAreTheSlopesOfTheLoss) {
  expect_slopes(graph::build(space::named_genotype("nasnet-a"),
                             {graph::StackKind::kCifar, 1, 8, 5, {16, 16, 3}, true}));
  expect_slopes(graph::build(space::named_genotype("nasnet-c"),
                             {graph::StackKind::kCifar, 1, 6, 5, {15, 16, 3}, false}));
  expect_slopes(graph::build(space::random_genotype(4),
                             {graph::StackKind::kCifar, 1, 6, 5, {16, 16, 3}, true}));
}

/// Norms of sums, convolutions without a norm, zeros; cells of which parts have no effect.
TEST(Executor, GradientsOfNasbench201AreTheSlopesOfTheLoss) {
  const space::Nasbench201Space space;
  for (const char* cell :
       {"|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|avg_pool_3x3~0|nor_conv_3x3~1|none~2|",
        "|none~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|skip_connect~0|nor_conv_3x3~1|avg_pool_3x3~2|",
        "|skip_connect~0|+|skip_connect~0|skip_connect~1|+|skip_connect~0|none~1|skip_connect~"
        "2|"}) {
    SCOPED_TRACE(cell);
    expect_slopes(graph::build_nasbench201(
        space.parse(cell), {.cells = 1, .filters = 6, .classes = 5, .input = {16, 12, 3}}));
  }
}

/// The logits of a cell without edges are the linear layer's biases, whatever the image.
TEST(Executor, ZerosPassNothingOnInEitherDirection) {
  Model model(graph::build_nasbench201(space::Choices(6, space::Nasbench201Space::kNone),
                                       {.cells = 1, .filters = 4, .input = {8, 8, 3}}));
  const std::vector<float> images = some_images(model, 3, 1);
  Executor executor(model.graph);
  std::vector<float> slope;
  train_once(executor, model, images, 3, &slope);
  for (const float one : slope) EXPECT_EQ(one, 0);
  const Tensor logits = executor.infer({images.data(), 3}, model.views())[0];
  for (const float one : logits.values()) EXPECT_EQ(one, 0);
}

/// Results of all kinds, from the images on, some of which are no memory's own otherwise.
TEST(Executor, GradientsIntoManyOutputsAreTheSlopesOfTheLoss) {
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"),
                                          {graph::StackKind::kCifar, 1, 8, 5, {16, 16, 3}, true});
  expect_slopes(graph, some_outputs(graph));
  expect_slopes(graph, {graph.endpoint("Cell_1")});
}

/// An operator's result does not hang on the other outputs asked for.
TEST(Executor, OutputsAreWhatTheyAreAlone) {
  Model model = nasnet_a();
  const std::vector<float> images = some_images(model, 3, 1);
  const std::vector<int> outputs = some_outputs(*model.graph);
  Executor all(model.graph, {.outputs = outputs});
  const std::vector<Tensor> together = all.infer({images.data(), 3}, model.views());
  for (size_t k = 0; k < outputs.size(); ++k) {
    Executor one(model.graph, {.outputs = {outputs[k]}});
    const Tensor alone = one.infer({images.data(), 3}, model.views())[0];
    EXPECT_EQ(alone.shape(), together[k].shape());
    for (int64_t i = 0; i < alone.size(); ++i)
      ASSERT_NEAR(alone.data()[i], together[k].data()[i], 1e-5) << outputs[k];
  }
}

TEST(Executor, AnOutputWithoutAGradientIsOneWithZeros) {
  Model model = nasnet_a();
  const std::vector<float> images = some_images(model, 3, 1);
  const std::vector<Tensor> fresh = model.parameters;
  const std::vector<int> outputs = some_outputs(*model.graph);
  Executor executor(model.graph, {.outputs = outputs});
  const auto gradients = [&](auto change) {
    model.parameters = fresh;
    Executor::Trained trained = executor.train({images.data(), 3}, kTraining, model.views());
    double loss = 0;
    std::vector<Tensor> above = weighted(trained.outputs, loss);
    change(above);
    model.forget_gradients();
    trained.pass->backward(above, model.places());
    return model.all_gradients();
  };
  for (size_t k = 0; k < outputs.size(); ++k) {
    const auto zeros = [&](std::vector<Tensor>& above) { above[k] = Tensor(above[k].shape()); };
    const auto none = [&](std::vector<Tensor>& above) { above[k] = {}; };
    EXPECT_EQ(gradients(zeros), gradients(none)) << outputs[k];
  }
  const auto wrong = [&](std::vector<Tensor>& above) { above[0] = Tensor({3, 1}); };
  EXPECT_THROW(gradients(wrong), Error);
}

TEST(Executor, AnImageGradientThatWasNotWantedIsAnError) {
  Model model = nasnet_a();
  std::vector<float> images = some_images(model, 3, 1);
  Executor executor(model.graph);
  Executor::Trained trained = executor.train({images.data(), 3}, kTraining, model.views());
  double loss = 0;
  const std::vector<Tensor> above = weighted(trained.outputs, loss);
  EXPECT_THROW(trained.pass->backward(above, model.places(), images.data()), Error);
}

TEST(Executor, ThreadsDoNotChangeABit) {
  Model model = nasnet_a();
  const std::vector<float> images = some_images(model, 11, 2);
  const std::vector<Tensor> fresh = model.parameters;
  std::vector<std::vector<float>> all;
  std::vector<Tensor> answers;
  Executor executor(model.graph);
  for (const int threads : {1, 2, 3, 7, 1}) {
    executor.set_threads(threads);
    model.parameters = fresh;
    train_once(executor, model, images, 11);
    all.push_back(model.all_gradients());
    answers.push_back(executor.infer({images.data(), 11}, model.views())[0]);
  }
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_EQ(all[i], all[0]);
    EXPECT_EQ(answers[i].row_major(), answers[0].row_major());
  }
}

/// Two passes wait for their way back at a time, and others come between.
TEST(Executor, PassesDoNotDisturbEachOther) {
  Model model = nasnet_a();
  const std::vector<float> one = some_images(model, 4, 7), two = some_images(model, 6, 8);
  const std::vector<Tensor> fresh = model.parameters;
  const auto alone = [&](const std::vector<float>& images, int64_t count) {
    Executor executor(model.graph);
    model.parameters = fresh;
    train_once(executor, model, images, count);
    return model.all_gradients();
  };
  const std::vector<float> first = alone(one, 4), second = alone(two, 6);

  Executor executor(model.graph, {.threads = 2});
  model.parameters = fresh;
  Executor::Trained a = executor.train({one.data(), 4}, kTraining, model.views());
  executor.infer({two.data(), 6}, model.views());
  Executor::Trained b = executor.train({two.data(), 6}, kTraining, model.views());
  executor.infer({one.data(), 4}, model.views());
  double loss = 0;
  const auto back = [&](Executor::Trained& of) {
    model.forget_gradients();
    of.pass->backward(weighted(of.outputs, loss), model.places());
    return model.all_gradients();
  };
  EXPECT_EQ(back(a), first);
  EXPECT_EQ(back(b), second);
}

/// Of images of another size, over the memory of the first.
TEST(Executor, ThoseThatShareMemoryComputeAsAloneOnes) {
  Model small = nasnet_a();
  Model large(graph::build(space::named_genotype("nasnet-a"),
                           {graph::StackKind::kCifar, 1, 8, 5, {28, 20, 3}}));
  const std::vector<float> one = some_images(small, 4, 7), two = some_images(large, 3, 8);
  const auto gradients_alone = [](Model model, const std::vector<float>& images, int64_t count) {
    Executor executor(model.graph);
    train_once(executor, model, images, count);
    return model.all_gradients();
  };
  const std::vector<float> first = gradients_alone(small, one, 4),
                           second = gradients_alone(large, two, 3);
  Executor executor(small.graph, {.threads = 2});
  Executor beside(large.graph, {}, executor);
  Executor::Trained waiting = executor.train({one.data(), 4}, kTraining, small.views());
  train_once(beside, large, two, 3);
  EXPECT_EQ(large.all_gradients(), second);
  double loss = 0;
  waiting.pass->backward(weighted(waiting.outputs, loss), small.places());
  EXPECT_EQ(small.all_gradients(), first);
  EXPECT_EQ(beside.infer({two.data(), 3}, large.views())[0].row_major(),
            Executor(large.graph).infer({two.data(), 3}, large.views())[0].row_major());
}

TEST(Executor, APassGoesBackOnce) {
  Model model = nasnet_a();
  Executor executor(model.graph);
  const std::vector<float> images = some_images(model, 2, 1);
  Executor::Trained trained = executor.train({images.data(), 2}, kTraining, model.views());
  double loss = 0;
  const std::vector<Tensor> above = weighted(trained.outputs, loss);
  trained.pass->backward(above, model.places());
  const std::vector<float> once = model.all_gradients();
  EXPECT_THROW(trained.pass->backward(above, model.places()), Error);
  EXPECT_EQ(model.all_gradients(), once);
}

TEST(Executor, APassOutlivesItsExecutor) {
  Model model = nasnet_a();
  const std::vector<float> images = some_images(model, 3, 1);
  const std::vector<Tensor> fresh = model.parameters;
  auto executor = std::make_unique<Executor>(model.graph, ExecutorSettings{.threads = 2});
  train_once(*executor, model, images, 3);
  const std::vector<float> expected = model.all_gradients();
  model.parameters = fresh;
  Executor::Trained trained = executor->train({images.data(), 3}, kTraining, model.views());
  executor.reset();
  double loss = 0;
  model.forget_gradients();
  trained.pass->backward(weighted(trained.outputs, loss), model.places());
  EXPECT_EQ(model.all_gradients(), expected);
}

/// Weights are packed once for inference: whatever changes them is seen.
TEST(Executor, InferenceSeesEveryChange) {
  Model model = nasnet_a(false);
  const std::vector<float> images = some_images(model, 2, 1);
  Executor executor(model.graph);
  const auto answer = [&](Executor& by) {
    return by.infer({images.data(), 2}, model.views())[0].row_major();
  };
  const auto fresh = [&] {
    Executor other(model.graph);
    return answer(other);
  };
  std::vector<float> last = answer(executor);
  EXPECT_EQ(answer(executor), last);
  for (size_t i = 0; i < model.parameters.size(); i += 17) {
    model.parameters[i].change()[0] += 0.5f;
    EXPECT_EQ(answer(executor), fresh()) << model.graph->parameters[i].name;
  }
  train_once(executor, model, images, 2);  // takes running statistics on
  EXPECT_EQ(answer(executor), fresh());
  EXPECT_NE(answer(executor), last);
}

/// A batch that is taken in parts, for the caches, has the answers of its images alone.
TEST(Executor, LargeBatchesAreTakenInParts) {
  Model model(graph::build(space::named_genotype("nasnet-a"),
                           {graph::StackKind::kCifar, 1, 8, 5, {32, 32, 3}}));
  constexpr int64_t kImages = 70;
  const std::vector<float> images = some_images(model, kImages, 4);
  const std::vector<int> outputs = {model.graph->logits, model.graph->endpoint("Cell_1")};
  Executor executor(model.graph, {.outputs = outputs});
  const std::vector<Tensor> all = executor.infer({images.data(), kImages}, model.views());
  const auto size = images.size() / kImages;
  for (const size_t n : {0, 31, 69}) {
    const std::vector<Tensor> one = executor.infer({images.data() + n * size, 1}, model.views());
    for (size_t k = 0; k < outputs.size(); ++k) {
      const float* of_all = all[k].data() + static_cast<int64_t>(n) * one[k].size();
      for (int64_t i = 0; i < one[k].size(); ++i) ASSERT_NEAR(of_all[i], one[k].data()[i], 1e-5);
    }
  }
}

TEST(Executor, WorksInAForkedProcess) {
  Model model = nasnet_a();
  const std::vector<float> images = some_images(model, 5, 2);
  Executor executor(model.graph, {.threads = 3});
  const std::vector<float> answer =
      executor.infer({images.data(), 5}, model.views())[0].row_major();
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(60);
    const std::vector<float> its = executor.infer({images.data(), 5}, model.views())[0].row_major();
    ::_exit(its == answer ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

/// Of odd sizes, so that halves and pairs are odd, too. It is AddressSanitizer that finds what goes
/// beyond a step's own.
TEST(Executor, StepsStayInTheirMemory) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const int edge = 32 - 3 * static_cast<int>(seed), filters = 7 + static_cast<int>(seed);
    Model model(
        graph::build(space::random_genotype(seed),
                     {graph::StackKind::kCifar, 1, filters, 3, {edge, 32, 3}, seed % 2 == 0}));
    const std::vector<float> images = some_images(model, 2, seed);
    for (const bool bf16 : {false, true}) {
      if (bf16 && !kernels::can_multiply_bf16()) continue;
      Executor executor(model.graph, {.bf16 = bf16});
      EXPECT_TRUE(std::isfinite(train_once(executor, model, images, 2)));
      const Tensor answer = executor.infer({images.data(), 2}, model.views())[0];
      for (const float value : answer.values()) EXPECT_TRUE(std::isfinite(value));
    }
  }
}

TEST(Executor, BfloatIsNearOrRefused) {
  Model model = nasnet_a();
  if (!kernels::can_multiply_bf16()) {
    EXPECT_THROW(Executor(model.graph, {.bf16 = true}), SystemError);
    return;
  }
  const std::vector<float> images = some_images(model, 6, 2);
  const std::vector<Tensor> fresh = model.parameters;
  Executor exact(model.graph), rounded(model.graph, {.bf16 = true});
  const double a = train_once(exact, model, images, 6);
  const std::vector<float> gradients = model.all_gradients();
  model.parameters = fresh;
  const double b = train_once(rounded, model, images, 6);
  EXPECT_NEAR(a, b, 0.05 * std::abs(a) + 0.5);
  double squares = 0, off = 0;
  const std::vector<float> others = model.all_gradients();
  for (size_t i = 0; i < gradients.size(); ++i) {
    squares += static_cast<double>(gradients[i]) * gradients[i];
    off += std::pow(static_cast<double>(gradients[i]) - others[i], 2);
  }
  EXPECT_LT(off, 0.1 * squares);
  EXPECT_GT(off, 0);
}

}  // namespace
}  // namespace nasnet::fused
