// Detectors in float64: the reference is torchvision's to 1e-6, its gradients are the differences
// of its losses, and the program's detectors on the fused kernels compute what it does.

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/randn_like.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "nasnet/libtorch/backend.h"
#include "nasnet/libtorch/tensors.h"
#include "nasnet/network/backend.h"
#include "tests/detect/golden_detector.h"
#include "tests/detect/small_detector.h"
#include "tests/libtorch/outcome.h"
#include "tests/libtorch/reference_detector.h"

namespace nasnet::libtorch {
namespace {

constexpr double kExact = 1e-6;

class GoldenInDouble : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(detect::kGoldenDetectors))
      GTEST_SKIP() << "../shared/data/detection is not there";
    golden = std::make_unique<detect::GoldenDetector>(GetParam());
    detector = golden->make();
    reference = std::make_unique<ReferenceDetector>(*detector, graph::Shape{128, 128, 3});
  }
  ReferenceDetector::Batch batch(bool with_empty = false) const {
    std::vector<double> pixels = golden->pixels(with_empty);
    return {at::from_blob(pixels.data(), {std::ssize(pixels) / (3 * 128 * 128), 3, 128, 128},
                          at::TensorOptions(c10::kDouble))
                .clone(),
            golden->batch(with_empty).content};
  }
  std::vector<ReferenceDetector::Target> targets(bool with_empty) const {
    auto list = ReferenceDetector::widened(golden->targets(with_empty));
    for (size_t n = 0; n < 2; ++n) {
      const auto [y, x] = golden->growth(n);
      list[n].objects = scaled(boxes("boxes" + std::to_string(n)), y, x);
    }
    return list;
  }
  /// torchvision has these ratios in float32 at any rate. Volatile, as GCC 12's vectoriser leaves
  /// the rounding out.
  static std::vector<WideBox> scaled(std::vector<WideBox> list, double by_y, double by_x) {
    const volatile float y = static_cast<float>(by_y), x = static_cast<float>(by_x);
    for (WideBox& box : list) box = {box.x0 * x, box.y0 * y, box.x1 * x, box.y1 * y};
    return list;
  }
  std::vector<WideBox> boxes(const std::string& name) const {
    const std::vector<double> edges = golden->values(name);
    std::vector<WideBox> list;
    for (size_t k = 0; k < edges.size(); k += 4)
      list.push_back({edges[k], edges[k + 1], edges[k + 2], edges[k + 3]});
    return list;
  }
  static void expect_same(const std::vector<WideBox>& found, const std::vector<WideBox>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t k = 0; k < found.size(); ++k) {
      EXPECT_NEAR(found[k].x0, expected[k].x0, kExact);
      EXPECT_NEAR(found[k].y0, expected[k].y0, kExact);
      EXPECT_NEAR(found[k].x1, expected[k].x1, kExact);
      EXPECT_NEAR(found[k].y1, expected[k].y1, kExact);
    }
  }
  /// `found` as the golden file has it, which keeps some values in float32.
  void expect_same(const at::Tensor& found, const std::string& name) const {
    const at::Tensor flat = found.detach().contiguous();
    const std::vector<double> expected = golden->values(name);
    ASSERT_EQ(flat.numel(), std::ssize(expected));
    for (size_t k = 0; k < expected.size(); ++k)
      ASSERT_NEAR(flat.data_ptr<double>()[k], expected[k], kExact) << name << " " << k;
  }
  std::unique_ptr<detect::GoldenDetector> golden;
  std::unique_ptr<detect::Detector> detector;
  std::unique_ptr<ReferenceDetector> reference;
};

TEST_P(GoldenInDouble, EveryStepOfInferenceIsTorchvisions) {
  const ReferenceDetector::Batch images = batch();
  const std::vector<at::Tensor> outputs = reference->run_dense(images);
  const size_t maps = golden->pyramid() ? 3 : 1, levels = golden->pyramid() ? 4 : 1;
  for (size_t k = 0; k < maps; ++k) expect_same(outputs[k], "eval.features." + std::to_string(k));
  for (size_t k = 0; k < levels; ++k) {
    expect_same(outputs[maps + 2 * k], "eval.objectness." + std::to_string(k));
    expect_same(outputs[maps + 2 * k + 1], "eval.deltas." + std::to_string(k));
  }
  const std::vector<std::vector<WideBox>> proposed = reference->propose(outputs, images, false);
  for (size_t n = 0; n < 2; ++n)
    expect_same(proposed[n], boxes("eval.proposals" + std::to_string(n)));
  const at::Tensor cuts = reference->cut(outputs, ReferenceDetector::joined(proposed));
  expect_same(cuts.sum({1, 2}), "eval.pooled_sum");
  const std::vector<at::Tensor> results = reference->run_head(cuts);
  expect_same(results[0], "eval.class_logits");
  const std::vector<std::vector<ReferenceDetector::Found>> found = reference->detect(images);
  for (size_t n = 0; n < 2; ++n) {
    const std::string image = std::to_string(n);
    const std::vector<double> scores = golden->values("eval.scores" + image);
    const std::vector<double> labels = golden->values("eval.labels" + image);
    ASSERT_EQ(found[n].size(), labels.size());
    std::vector<WideBox> list;
    for (size_t k = 0; k < labels.size(); ++k) {
      list.push_back(found[n][k].box);
      EXPECT_EQ(found[n][k].label + 1, labels[k]);
      EXPECT_NEAR(found[n][k].score, scores[k], kExact);
    }
    const auto [y, x] = golden->growth(n);
    expect_same(scaled(list, 1 / y, 1 / x), boxes("eval.boxes" + image));
  }
}

TEST_P(GoldenInDouble, LossesAndGradientsAreTorchvisions) {
  for (const bool with_empty : {false, true}) {
    const std::string name = with_empty ? "train_with_empty." : "train.";
    SCOPED_TRACE(name);
    const ReferenceDetector::Batch images = batch(with_empty);
    const std::vector<at::Tensor> outputs = reference->run_dense(images, {.training = true});
    const auto wanted = targets(with_empty);
    std::vector<std::vector<WideBox>> proposed = reference->propose(outputs, images, true);
    for (size_t n = 0; n < 2; ++n)
      expect_same(proposed[n], boxes(name + "proposals" + std::to_string(n)));
    // The empty image is of one colour: its anchors' scores are equal but for the last digit, which
    // decides about their order.
    if (with_empty) proposed[2] = boxes(name + "proposals2");
    const ReferenceDetector::Choices choices =
        reference->choose(proposed, images, wanted, {.training = true});
    std::vector<std::vector<WideBox>> sampled(images.content.size());
    for (size_t k = 0; k < choices.regions.boxes.size(); ++k)
      sampled[static_cast<size_t>(choices.regions.images[k])].push_back(choices.regions.boxes[k]);
    for (size_t n = 0; n < images.content.size(); ++n)
      expect_same(sampled[n], boxes(name + "sampled" + std::to_string(n)));
    const ReferenceDetector::Losses losses =
        reference->learn(outputs, wanted, choices, {.training = true});
    const auto expect_loss = [&](const at::Tensor& loss, const char* of) {
      EXPECT_NEAR(loss.item<double>(), golden->values(name + of)[0], kExact) << of;
    };
    expect_loss(losses.objectness, "loss_objectness");
    expect_loss(losses.proposals, "loss_rpn_box_reg");
    expect_loss(losses.classes, "loss_classifier");
    expect_loss(losses.boxes, "loss_box_reg");
    const std::vector<at::Tensor> tensors = reference->tensors();
    const auto gradients = torch::autograd::grad({losses.sum()}, tensors);
    for (size_t k = 0; k < tensors.size(); ++k) {
      const std::string& parameter = detector->parameters()[k].name;
      const double norm = golden->values(name + "grad_norm." + golden->their_name(parameter))[0];
      EXPECT_NEAR(gradients[k].norm().item<double>(), norm, kExact * (1 + norm)) << parameter;
    }
  }
}

/// A detector's step in float64.
struct Step {
  ReferenceDetector reference;
  ReferenceDetector::Batch batch;
  std::vector<ReferenceDetector::Target> targets;
  Pass pass;

  ReferenceDetector::Losses losses(const ReferenceDetector::Choices& choices) {
    return reference.learn(reference.run_dense(batch, pass), targets, choices, pass);
  }
  ReferenceDetector::Choices choices() {
    const std::vector<at::Tensor> outputs = reference.run_dense(batch, pass);
    return reference.choose(reference.propose(outputs, batch, true), batch, targets, pass);
  }
};

/// Regions are constants to the second stage, and so they are here. Each parameter goes a small way
/// along a direction of its own.
void expect_differences(Step step) {
  const ReferenceDetector::Choices choices = step.choices();
  const std::vector<at::Tensor> tensors = step.reference.tensors();
  std::vector<at::Tensor> trainable;
  for (const at::Tensor& tensor : tensors)
    if (tensor.requires_grad()) trainable.push_back(tensor);
  const auto gradients = torch::autograd::grad({step.losses(choices).sum()}, trainable);
  const at::NoGradGuard no_gradients;
  int zero = 0;
  for (size_t k = 0; k < trainable.size(); ++k) {
    // Mostly along the gradient, so that the difference has digits.
    const at::Tensor direction =
        gradients[k] / (gradients[k].norm() + 1e-12) +
        0.5 * at::randn_like(gradients[k]) / std::sqrt(static_cast<double>(gradients[k].numel()));
    const double slope = (gradients[k] * direction).sum().item<double>();
    const auto loss_at = [&](double way) {
      trainable[k].add_(direction, way);
      const double loss = step.losses(choices).sum().item<double>();
      trainable[k].sub_(direction, way);
      return loss;
    };
    constexpr double kStep = 1e-5;
    const double difference = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
    EXPECT_NEAR(slope, difference, 1e-6 * (std::abs(slope) + 1e-3)) << "parameter " << k;
    zero += std::abs(slope) > 1e-6 ? 0 : 1;
  }
  EXPECT_LE(zero, 2) << "or nothing has been compared";
}

TEST_P(GoldenInDouble, GradientsAreDifferences) {
  expect_differences({ReferenceDetector(*detector, {128, 128, 3}),
                      batch(true),
                      targets(true),
                      {.training = true}});
}

/// On the fused kernels in float32, beside float64.
void expect_agreement(detect::Detector& detector, const std::string& name) {
  SCOPED_TRACE(name);
  std::vector<detect::Picture> pictures;
  for (const int64_t number : {0, 2, 3}) pictures.push_back(detect::squares(number));
  std::vector<const detect::Picture*> batch;
  std::vector<detect::Target> targets;
  for (const detect::Picture& picture : pictures) {
    batch.push_back(&picture);
    targets.push_back(picture.target);
  }
  const detect::ImageBatch images = make_batch(batch, detect::kNormalization);
  const Pass pass{.training = true, .seed = 4, .step = 2};
  Step step{{detector, {96, 128, 3}},
            ReferenceDetector::widened(images),
            ReferenceDetector::widened(targets),
            pass};
  std::vector<Tensor> gradients;
  fused::GradientPlaces places;
  for (const graph::Parameter& parameter : detector.parameters())
    gradients.emplace_back(parameter.shape);
  for (Tensor& gradient : gradients) places.push_back(gradient.change().data());
  const detect::DetectionLosses ours = detector.add_gradients(images, targets, pass, 1, places);
  const ReferenceDetector::Losses exact = step.losses(step.choices());
  const auto expect_close = [](double loss, const at::Tensor& expected) {
    EXPECT_NEAR(loss, expected.item<double>(), 1e-5 * (1 + loss));
  };
  expect_close(ours.objectness, exact.objectness);
  expect_close(ours.proposals, exact.proposals);
  expect_close(ours.classes, exact.classes);
  expect_close(ours.boxes, exact.boxes);
  const std::vector<at::Tensor> tensors = step.reference.tensors();
  exact.sum().backward();
  double largest = 0;
  for (const at::Tensor& tensor : tensors)
    if (tensor.grad().defined()) largest = std::max(largest, tensor.grad().norm().item<double>());
  for (size_t k = 0; k < tensors.size(); ++k) {
    const at::Tensor& expected = tensors[k].grad();
    if (!expected.defined()) continue;
    EXPECT_LE(distance(borrow(gradients[k]), expected),
              1e-3 * expected.norm().item<double>() + 1e-5 * largest)
        << detector.parameters()[k].name;
  }
}

TEST(DetectorInDouble, FusedDetectorsComputeWhatTheReferenceDoes) {
  using detect::BatchNorm, detect::Neck;
  for (const BatchNorm norms : {BatchNorm::kLearned, BatchNorm::kAffine}) {
    const std::string with = to_text(norms) + " norms";
    expect_agreement(*detect::small_detector(Neck::kPyramid, 2, norms), "pyramid, " + with);
    expect_agreement(*detect::small_detector(Neck::kSingle, 2, norms), "single map, " + with);
    expect_agreement(*detect::paper_detector(2, norms), "the paper's, " + with);
  }
}

/// The program's detector itself, on either kernels.
TEST_P(GoldenInDouble, ReferenceKernelsLearnAndFindTheSame) {
  network::set_backend([] { return backend(); });
  const auto plain = golden->make(1, network::Kernels::kReference);
  const auto learned = [&](detect::Detector& on, std::vector<Tensor>& gradients) {
    fused::GradientPlaces places;
    for (const graph::Parameter& parameter : on.parameters())
      gradients.emplace_back(parameter.shape);
    for (Tensor& gradient : gradients) places.push_back(gradient.change().data());
    return on.add_gradients(golden->batch(), golden->targets(), {.training = true}, 1, places);
  };
  std::vector<Tensor> ours, theirs;
  EXPECT_NEAR(learned(*detector, ours).sum(), learned(*plain, theirs).sum(), 1e-5);
  for (size_t k = 0; k < ours.size(); ++k)
    EXPECT_LE(distance(borrow(ours[k]), borrow(theirs[k])),
              1e-4 * borrow(ours[k]).norm().item<double>())
        << detector->parameters()[k].name;
  const auto found = detector->detect(golden->batch()), same = plain->detect(golden->batch());
  for (size_t n = 0; n < 2; ++n) {
    ASSERT_EQ(found[n].size(), same[n].size());
    for (size_t k = 0; k < found[n].size(); ++k) {
      EXPECT_EQ(found[n][k].label, same[n][k].label);
      EXPECT_NEAR(found[n][k].score, same[n][k].score, 1e-5);
      EXPECT_NEAR(found[n][k].box.x0, same[n][k].box.x0, 1e-3);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Detectors, GoldenInDouble, testing::Values("single", "fpn"));

}  // namespace
}  // namespace nasnet::libtorch
