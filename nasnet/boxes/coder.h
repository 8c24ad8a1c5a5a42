#pragma once

#include "nasnet/boxes/box.h"

namespace nasnet::boxes {

/// A box relative to another, its anchor or proposal: offsets of the centres in edges of the
/// anchor, and logarithms of the edges' ratios (Girshick et al., CVPR 2014, appendix C), each times
/// a weight.
struct Code {
  float x = 0, y = 0, width = 0, height = 0;
  bool operator==(const Code&) const = default;
};

/// Weights of codes, so that those of a layer of the network have about equal variances: 1 for
/// anchors; 10, 10, 5, 5 for proposals (Fast R-CNN).
struct CodeWeights {
  float x = 1, y = 1, width = 1, height = 1;
};
inline constexpr CodeWeights kProposalWeights{10, 10, 5, 5};

/// The largest logarithm of a ratio of edges that is decoded: log(1000 / 16). A box is at most 62.5
/// times as wide or high as its anchor; small sizes need no limit, as the exponential only goes to
/// 0.
inline constexpr float kLargestLogRatio = 4.135166556742356F;

/// Both boxes must have an area.
Code encode(const Box& box, const Box& anchor, const CodeWeights& weights);

/// The inverse. Logarithms are cut off at kLargestLogRatio: a network that has learned nothing yet
/// must not make an infinite box. Codes of a million are decoded to finite boxes.
Box decode(const Code& code, const Box& anchor, const CodeWeights& weights);

}  // namespace nasnet::boxes
