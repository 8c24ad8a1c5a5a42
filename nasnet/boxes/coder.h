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

/// Both boxes must have an area.
Code encode(const Box& box, const Box& anchor, const CodeWeights& weights);

/// The inverse. Logarithms are cut off at log(1000 / 16): a network that has learned nothing yet
/// must not make an infinite box. Codes of a million are decoded to finite boxes.
Box decode(const Code& code, const Box& anchor, const CodeWeights& weights);

}  // namespace nasnet::boxes
