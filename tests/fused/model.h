#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/fused/executor.h"
#include "nasnet/graph/initial_values.h"

namespace nasnet::fused {

/// A graph with parameters of its own, and a place for each one's gradient.
struct Model {
  explicit Model(graph::Graph of) : graph(std::make_shared<const graph::Graph>(std::move(of))) {
    for (const graph::Parameter& parameter : graph->parameters) {
      parameters.emplace_back(parameter.shape);
      parameters.back().set_row_major(graph::initial_values(parameter, 1));
      gradients.emplace_back(parameter.shape);
    }
  }
  std::vector<TensorView> views() {
    return std::vector<TensorView>(parameters.begin(), parameters.end());
  }
  GradientPlaces places() {
    GradientPlaces places;
    for (size_t i = 0; i < gradients.size(); ++i) {
      const bool wanted = graph->parameters[i].trainable();
      places.push_back(wanted ? gradients[i].change().data() : nullptr);
    }
    return places;
  }
  std::vector<float> all_gradients() const {
    std::vector<float> all;
    for (const Tensor& gradient : gradients)
      all.insert(all.end(), gradient.values().begin(), gradient.values().end());
    return all;
  }
  void forget_gradients() {
    for (Tensor& gradient : gradients) gradient = Tensor(gradient.shape());
  }

  std::shared_ptr<const graph::Graph> graph;
  std::vector<Tensor> parameters, gradients;
};

inline std::vector<float> some_images(const Model& model, int64_t count, uint64_t seed) {
  Random random(seed, 0, "images");
  std::vector<float> values(
      static_cast<size_t>(count * model.graph->operators[0].output.elements()));
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

/// The gradient of a loss that weighs the outputs by fixed numbers.
inline std::vector<Tensor> weighted(const std::vector<Tensor>& outputs, double& loss) {
  std::vector<Tensor> above;
  loss = 0;
  for (const Tensor& values : outputs) {
    above.emplace_back(values.shape());
    const std::span<float> into = above.back().change();
    for (int64_t i = 0; i < values.size(); ++i) {
      into[i] = static_cast<float>(std::sin(1.0 + static_cast<double>(i)));
      loss += static_cast<double>(values.data()[i]) * into[i];
    }
  }
  return above;
}

inline constexpr graph::Pass kTraining = {
    .training = true, .progress = 0.5, .drop_path_keep = 0.6, .seed = 5, .step = 7};

/// The loss of a training pass; its gradients lie in the model, and that of the images in `slope`
/// where it is given.
inline double train_once(Executor& executor, Model& model, const std::vector<float>& images,
                         int64_t count, std::vector<float>* slope = nullptr) {
  Executor::Trained trained =
      executor.train({images.data(), count, slope != nullptr}, kTraining, model.views());
  double loss = 0;
  const std::vector<Tensor> above = weighted(trained.outputs, loss);
  model.forget_gradients();
  if (slope) slope->assign(images.size(), 0.0f);
  trained.pass->backward(above, model.places(), slope ? slope->data() : nullptr);
  return loss;
}

/// Along its own gradient a loss rises by the gradient's square: checked for the parameters
/// together, and for the images.
inline void expect_slopes(graph::Graph graph, const std::vector<int>& outputs = {},
                          double tolerance = 0.03) {
  Model model(std::move(graph));
  Executor executor(model.graph, {.outputs = outputs});
  const std::vector<float> images = some_images(model, 4, 3);
  const std::vector<Tensor> statistics = model.parameters;
  std::vector<float> image_slope;
  train_once(executor, model, images, 4, &image_slope);
  const std::vector<Tensor> slope = model.gradients;
  double squares = 0, image_squares = 0;
  for (const Tensor& gradient : slope)
    for (const float value : gradient.values()) squares += static_cast<double>(value) * value;
  for (const float value : image_slope) image_squares += static_cast<double>(value) * value;
  ASSERT_GT(squares, 0);
  ASSERT_GT(image_squares, 0);
  const double far = 2e-3 / std::sqrt(squares), image_far = 2e-3 / std::sqrt(image_squares);
  std::vector<double> losses, image_losses;
  for (const double sign : {1.0, -1.0}) {
    model.parameters = statistics;
    for (size_t i = 0; i < slope.size(); ++i)
      for (int64_t k = 0; k < slope[i].size(); ++k)
        model.parameters[i].change()[k] += static_cast<float>(sign * far * slope[i].data()[k]);
    losses.push_back(train_once(executor, model, images, 4));
    model.parameters = statistics;
    std::vector<float> moved = images;
    for (size_t i = 0; i < moved.size(); ++i)
      moved[i] += static_cast<float>(sign * image_far * image_slope[i]);
    image_losses.push_back(train_once(executor, model, moved, 4));
  }
  EXPECT_NEAR((losses[0] - losses[1]) / (2 * far) / squares, 1, tolerance);
  EXPECT_NEAR((image_losses[0] - image_losses[1]) / (2 * image_far) / image_squares, 1, tolerance);
}

}  // namespace nasnet::fused
