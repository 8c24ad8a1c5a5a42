#pragma once

#include <string>
#include <vector>

#include "nasnet/data/image_tree.h"
#include "nasnet/train/model.h"

namespace nasnet::train {

struct Guess {
  std::string label;
  double probability = 0;
};

struct Prediction {
  std::string file;
  std::vector<Guess> guesses;  ///< the likeliest first
  std::string fault;           ///< why it could not be read: a sentence that names it; or ""
};

/// Classifies images with the model's own preprocessing (size, channels, normalisation from its
/// manifest), `top` guesses each, in their order. One that cannot be read is an InputError, or with
/// `skip_unreadable` has a fault instead of guesses.
std::vector<Prediction> predict(network::Network& network, const ModelInfo& info,
                                const std::vector<data::ImageFile>& files, int top,
                                bool skip_unreadable = false);

}  // namespace nasnet::train
