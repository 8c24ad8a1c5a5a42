// Counts a network's answers batch by batch: accuracy, mean loss and the confusions.

#include "nasnet/train/evaluate.h"

#include <numeric>
#include <optional>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/progress.h"
#include "nasnet/network/cross_entropy.h"
#include "nasnet/train/trainer.h"

namespace nasnet::train {
namespace {

/// Adds the answers to the images of one batch.
void count(const Tensor& logits, const std::vector<int64_t>& labels, Accuracy& accuracy) {
  if (!all_finite(logits.values()))
    throw NotANumber(
        "the network's answers are not numbers: its weights or running statistics are broken");
  for (size_t n = 0; n < labels.size(); ++n) {
    const std::span<const float> row = network::logits_of(logits, static_cast<int64_t>(n));
    const int64_t truth = labels[n], guess = network::largest(row);
    NASNET_CHECK(truth >= 0 && truth < std::ssize(row), "labels are classes of the network");
    accuracy.losses.push_back(-network::log_softmax(row)[truth]);
    accuracy.correct += truth == guess;
    ++accuracy.confusion[truth * row.size() + guess];
  }
  accuracy.images += static_cast<int64_t>(labels.size());
}

}  // namespace

double Accuracy::loss() const {
  const double sum = std::accumulate(losses.begin(), losses.end(), 0.0);
  return losses.empty() ? 0 : sum / static_cast<double>(losses.size());
}

Accuracy evaluate(network::Network& network, const data::ImageSet& images,
                  std::optional<std::vector<int64_t>> indices,
                  const data::Normalization& normalization, const std::string& title,
                  int64_t batch) {
  std::vector<int64_t> chosen(indices ? 0 : images.size());
  std::iota(chosen.begin(), chosen.end(), 0);
  if (indices) chosen = std::move(*indices);
  const int64_t classes = network.graph().settings.classes;
  Accuracy accuracy;
  accuracy.confusion.assign(classes * classes, 0);
  if (chosen.empty()) return accuracy;
  std::optional<Progress> progress;
  if (!title.empty()) progress.emplace(title, static_cast<int64_t>(chosen.size()), "images");

  data::Batches batches(images, std::move(chosen), normalization,
                        {.batch = batch, .threads = preparing_threads(network.computation())});
  batches.start(0);
  // A batch is counted once the next one is on its way, so that a GPU never waits for its work.
  data::Batch next;
  std::vector<int64_t> labels;
  network::Later<Tensor> logits;
  const auto count_one = [&] {
    count(logits(), labels, accuracy);
    if (progress) progress->update(accuracy.images);
  };
  while (batches.next(next)) {
    check_interrupt("stopped while evaluating");
    network::Later<Tensor> fresh = network.start(next.images);
    if (logits) count_one();
    labels = std::move(next.labels);
    logits = std::move(fresh);
  }
  if (logits) count_one();
  return accuracy;
}

}  // namespace nasnet::train
