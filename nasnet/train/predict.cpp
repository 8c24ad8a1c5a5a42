// Pictures to classes: each is decoded and brought to the network's size as in training, but
// neither cropped nor flipped.

#include "nasnet/train/predict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/preparation.h"
#include "nasnet/data/read_picture.h"
#include "nasnet/network/cross_entropy.h"

namespace nasnet::train {
namespace {

/// The picture as the network takes it: its size, its number of channels.
void append(data::ImageSet& images, const data::Image& picture,
            const data::Preparation& preparation) {
  const data::Image fitted = data::resize(picture, {images.height, images.width}, preparation);
  const size_t pixels = fitted.pixels.size() / 3;
  for (size_t i = 0; i < pixels; ++i) {
    const uint8_t* rgb = fitted.pixels.data() + 3 * i;
    if (images.channels == 3) {
      images.pixels.insert(images.pixels.end(), rgb, rgb + 3);
    } else {
      // Luma of ITU-R BT.601, as JPEG has it.
      images.pixels.push_back(
          static_cast<uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000));
    }
  }
  images.labels.push_back(0);
}

/// Softmax would make a guess, or NaN, of what is no answer.
void check_logits(std::span<const float> logits, const std::string& picture) {
  if (all_finite(logits)) return;
  throw NotANumber(fmt::format(
      "the network's answer for {} is not a number: its weights or running statistics are broken",
      picture));
}

std::vector<Guess> best_guesses(std::span<const float> logits,
                                const std::vector<std::string>& classes, int top) {
  std::vector<float> probabilities;
  for (const double log_p : network::log_softmax(logits))
    probabilities.push_back(static_cast<float>(std::exp(log_p)));
  std::vector<size_t> order(classes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
  order.resize(std::min<size_t>(order.size(), top));
  std::vector<Guess> guesses;
  for (const size_t k : order) guesses.push_back({classes[k], probabilities[k]});
  return guesses;
}

}  // namespace

Classifier::Classifier(network::Network& network, const ModelInfo& info, int top)
    : network_(network), info_(info), top_(top) {
  const graph::Shape& input = info.stack.input;
  images_.height = input.height;
  images_.width = input.width;
  images_.channels = input.channels;
}

void Classifier::add(const data::Image& picture, std::string name) {
  append(images_, picture, info_.preparation);
  names_.push_back(std::move(name));
}

std::vector<std::vector<Guess>> Classifier::classify() {
  std::vector<std::vector<Guess>> guesses;
  if (names_.empty()) return guesses;
  NASNET_CHECK(std::ssize(names_) == images_.size(), "each picture has a name");
  const Tensor logits =
      network_.infer(data::to_input(images_, 0, images_.size(), info_.normalization));
  for (size_t i = 0; i < names_.size(); ++i) {
    const std::span<const float> row = network::logits_of(logits, static_cast<int64_t>(i));
    check_logits(row, names_[i]);
    guesses.push_back(best_guesses(row, info_.classes, top_));
  }
  images_.pixels.clear();
  images_.labels.clear();
  names_.clear();
  return guesses;
}

std::vector<Prediction> predict(network::Network& network, const ModelInfo& info,
                                const std::vector<data::ImageFile>& files, int top,
                                bool skip_unreadable) {
  constexpr size_t kBatch = 64;
  std::vector<Prediction> predictions(files.size());
  Classifier classifier(network, info, top);
  Progress progress("predicting", static_cast<int64_t>(files.size()), "images");
  for (size_t first = 0; first < files.size(); first += kBatch) {
    check_interrupt("stopped while predicting");
    std::vector<Prediction*> readable;
    const size_t end = std::min(files.size(), first + kBatch);
    for (size_t i = first; i < end; ++i) {
      predictions[i].file = files[i].path;
      const auto picture = data::read_picture(files[i], skip_unreadable, predictions[i].fault);
      if (!picture) continue;
      classifier.add(*picture, files[i].path);
      readable.push_back(&predictions[i]);
    }
    std::vector<std::vector<Guess>> guesses = classifier.classify();
    for (size_t i = 0; i < readable.size(); ++i) readable[i]->guesses = std::move(guesses[i]);
    progress.update(static_cast<int64_t>(end));
  }
  return predictions;
}

}  // namespace nasnet::train
