#include "nasnet/train/evaluate.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/all.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/isfinite.h>

#include <numeric>
#include <optional>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/train/batch_tensors.h"

namespace nasnet::train {
namespace {

/// Of one batch, on the network's device.
struct Answers {
  at::Tensor loss, guesses, finite;
};

}  // namespace

Accuracy evaluate(network::Network& network, const data::ImageSet& images,
                  std::optional<std::vector<int64_t>> indices,
                  const data::Normalization& normalization, const std::string& title,
                  int64_t batch) {
  const c10::InferenceMode no_gradients;
  std::vector<int64_t> chosen(indices ? 0 : static_cast<size_t>(images.size()));
  std::iota(chosen.begin(), chosen.end(), 0);
  if (indices) chosen = std::move(*indices);
  const auto classes = static_cast<size_t>(network.graph().settings.classes);
  Accuracy accuracy;
  accuracy.confusion.assign(classes * classes, 0);
  if (chosen.empty()) return accuracy;
  std::optional<Progress> progress;
  if (!title.empty()) progress.emplace(title, static_cast<int64_t>(chosen.size()), "images");

  const bool gpu = network.device().is_cuda();
  data::Batches batches(images, std::move(chosen), normalization, {.batch = batch});
  batches.start(0);
  const auto count = [&](const std::vector<int64_t>& truths, const Answers& answers) {
    if (!answers.finite.item<bool>())
      throw NotANumber(
          "the network answers with what is not a number: its weights or running statistics are "
          "broken");
    accuracy.loss += answers.loss.item<double>();
    const at::Tensor guesses = answers.guesses.to(c10::kCPU);
    for (int64_t i = 0; i < guesses.size(0); ++i) {
      const int64_t truth = truths[static_cast<size_t>(i)];
      const int64_t guess = guesses.data_ptr<int64_t>()[i];
      accuracy.correct += truth == guess;
      ++accuracy.confusion[static_cast<size_t>(truth) * classes + static_cast<size_t>(guess)];
    }
    accuracy.images += guesses.size(0);
    if (progress) progress->update(accuracy.images);
  };
  // A batch is counted once the next one is on its way, so that a GPU never waits for its work.
  data::Batch next;
  std::vector<int64_t> truths;
  Answers answers;
  while (batches.next(next)) {
    check_interrupt("stopped while evaluating");
    const BatchTensors batch_tensors = tensors_of(next, network.device());
    const at::Tensor labels = batch_tensors.labels.to(network.device(), /*non_blocking=*/gpu);
    const at::Tensor logits = network.forward(batch_tensors.images).logits;
    const Answers fresh{at::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum),
                        at::argmax(logits, 1), at::isfinite(logits).all()};
    if (!truths.empty()) count(truths, answers);
    truths = std::move(next.labels);
    answers = fresh;
  }
  if (!truths.empty()) count(truths, answers);
  if (accuracy.images > 0) accuracy.loss /= static_cast<double>(accuracy.images);
  return accuracy;
}

}  // namespace nasnet::train
