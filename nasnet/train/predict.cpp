#include "nasnet/train/predict.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/softmax.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/progress.h"
#include "nasnet/data/preparation.h"

namespace nasnet::train {
namespace {

namespace fs = std::filesystem;

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
void check_logits(const float* logits, size_t count, const std::string& picture) {
  if (std::all_of(logits, logits + count, [](float one) { return std::isfinite(one); })) return;
  throw NotANumber(fmt::format(
      "the network answers {} with what is not a number: its weights or running statistics are "
      "broken",
      picture));
}

std::vector<Guess> best_guesses(const float* probabilities, const std::vector<std::string>& classes,
                                int top) {
  std::vector<size_t> order(classes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
  order.resize(std::min(order.size(), static_cast<size_t>(top)));
  std::vector<Guess> guesses;
  for (const size_t k : order) guesses.push_back({classes[k], probabilities[k]});
  return guesses;
}

}  // namespace

std::vector<std::string> find_images(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (fs::is_directory(path)) {
      for (const auto& entry : fs::recursive_directory_iterator(path))
        if (entry.is_regular_file() && data::has_image_name(entry.path().string()))
          files.push_back(entry.path().string());
    } else if (fs::exists(path)) {
      files.push_back(path);
    } else {
      throw InputError(fmt::format("{}: no such file or folder", path));
    }
  }
  if (files.empty())
    throw InputError("no images to predict: give JPEG, PNG or the like, or folders that hold some");
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Prediction> predict(network::Network& network, const ModelInfo& info,
                                const std::vector<std::string>& files, int top,
                                std::vector<data::Unreadable>* unreadable) {
  constexpr size_t kBatch = 64;
  const c10::InferenceMode no_gradients;
  const graph::Shape& input = info.stack.input;
  std::vector<Prediction> predictions;
  Progress progress("predicting", static_cast<int64_t>(files.size()), "images");
  for (size_t first = 0; first < files.size(); first += kBatch) {
    check_interrupt("stopped while predicting");
    data::ImageSet images;
    images.height = input.height;
    images.width = input.width;
    images.channels = input.channels;
    std::vector<std::string> names;
    for (size_t i = first; i < std::min(files.size(), first + kBatch); ++i) {
      try {
        append(images, data::decode(read_file(files[i], size_t{1} << 30), files[i]),
               info.preparation);
        names.push_back(files[i]);
      } catch (const Error& error) {
        if (!unreadable) throw;
        unreadable->push_back({files[i], error.what()});
      }
    }
    if (names.empty()) continue;
    const at::Tensor batch = data::to_input(images, 0, images.size(), info.normalization);
    const at::Tensor logits = network.forward(batch).logits.to(c10::kCPU, c10::kFloat).contiguous();
    const at::Tensor probabilities = at::softmax(logits, 1);
    for (size_t i = 0; i < names.size(); ++i) {
      check_logits(logits.data_ptr<float>() + i * info.classes.size(), info.classes.size(),
                   names[i]);
      predictions.push_back(
          {names[i], best_guesses(probabilities.data_ptr<float>() + i * info.classes.size(),
                                  info.classes, top)});
    }
    progress.update(static_cast<int64_t>(first + names.size()));
  }
  return predictions;
}

}  // namespace nasnet::train
