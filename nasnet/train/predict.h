#pragma once

#include <string>
#include <vector>

#include "nasnet/data/dataset.h"
#include "nasnet/train/model.h"

namespace nasnet::train {

struct Guess {
  std::string label;
  double probability = 0;
};

struct Prediction {
  std::string file;
  std::vector<Guess> guesses;  ///< the likeliest first
};

/// The image files among `paths`, folders searched through, sorted. Throws InputError for a path
/// that is not there, and where there is no image at all.
std::vector<std::string> find_images(const std::vector<std::string>& paths);

/// Classifies image files with the model's own preprocessing (size, channels, normalisation from
/// its manifest), `top` guesses each. A file that cannot be read is an InputError, or listed in
/// `unreadable` where that is given.
std::vector<Prediction> predict(network::Network& network, const ModelInfo& info,
                                const std::vector<std::string>& files, int top,
                                std::vector<data::Unreadable>* unreadable = nullptr);

}  // namespace nasnet::train
