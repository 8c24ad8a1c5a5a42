#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "nasnet/data/batches.h"
#include "nasnet/network/network.h"

namespace nasnet::train {

/// A network's accuracy and loss on labelled images.
struct Accuracy {
  int64_t correct = 0, images = 0;
  std::vector<double> losses;  ///< each image's cross-entropy, without smoothing, in their order
  /// Images of class i taken for class j at [i * classes + j].
  std::vector<int64_t> confusion;

  /// Of at least one image.
  double share() const { return static_cast<double>(correct) / static_cast<double>(images); }
  double loss() const;  ///< the mean; 0 of no image
};

/// Runs the network in inference mode over the images at `indices`, or over all. Shows progress
/// under `title` where it is not empty; can be interrupted. Throws NotANumber where a logit is not
/// finite.
Accuracy evaluate(network::Network& network, const data::ImageSet& images,
                  std::optional<std::vector<int64_t>> indices,
                  const data::Normalization& normalization, const std::string& title = "",
                  int64_t batch = 250);

}  // namespace nasnet::train
