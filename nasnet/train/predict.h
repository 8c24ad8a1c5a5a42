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

/// Classifies pictures in batches, with the model's own preprocessing: size, channels and
/// normalisation from its manifest.
class Classifier {
 public:
  /// Gives `top` guesses for each picture.
  Classifier(network::Network& network, const ModelInfo& info, int top);

  /// `name` stands for it in messages.
  void add(const data::Image& picture, std::string name);
  size_t pictures() const { return names_.size(); }
  /// The guesses of all that were added, in their order, and forgets them: the likeliest class
  /// first. Throws NotANumber where a logit is not finite.
  std::vector<std::vector<Guess>> classify();

 private:
  network::Network& network_;
  const ModelInfo& info_;
  int top_;
  data::ImageSet images_;  // of the network's input
  std::vector<std::string> names_;
};

struct Prediction {
  std::string file;
  std::vector<Guess> guesses;  ///< the likeliest first
  std::string fault;           ///< why it could not be read: a sentence that names it; or ""
};

/// Classifies picture files, `top` guesses each, in their order. One that cannot be read is an
/// InputError, or with `skip_unreadable` has a fault instead of guesses.
std::vector<Prediction> predict(network::Network& network, const ModelInfo& info,
                                const std::vector<data::ImageFile>& files, int top,
                                bool skip_unreadable = false);

}  // namespace nasnet::train
