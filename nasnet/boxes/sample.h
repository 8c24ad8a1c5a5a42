#pragma once

#include <optional>
#include <span>
#include <vector>

#include "nasnet/base/random.h"

namespace nasnet::boxes {

/// How many anchors or proposals of an image a training step learns from.
struct SampleSettings {
  int count = 256;       ///< of both kinds
  double objects = 0.5;  ///< the largest share of those that have an object
};

/// Indices into the matches, ascending.
struct Sample {
  std::vector<int> objects, background;
};

/// Draws from the result of match(): as many with an object as there are, up to
/// floor(count * objects), and background for the rest, fewer where there is not enough. Without
/// `random` the first by index are taken: for comparisons with other programs.
Sample sample(std::span<const int> matches, const SampleSettings& settings,
              std::optional<Random> random);

}  // namespace nasnet::boxes
