#pragma once

#include <cstdint>

#include "nasnet/network/network.h"

namespace nasnet::train {

/// A network's pace on this machine, in seconds an image.
struct Pace {
  double step = 0;       ///< forward and back
  double inference = 0;  ///< as it is measured and used
};

/// Measured on noise, at most `images` at a time and fewer of large networks: medians of three
/// passes after a first one. The network stays as it is. Where the classifier alone learns, a step
/// is that of inference, which makes its features.
///
/// `learner`: the network's, that memory for another one is not taken; its contributions are of
/// share 0, and leave their place as it was. Null: one of its own. Cells are computed again on the
/// way back as the training does: see graph::Pass.
Pace measure_pace(network::Network& network, int64_t images, network::Learner* learner = nullptr,
                  int recomputed_cells = 0);

/// A step's time over that of inference, where one of them alone was measured: 2.8 to 4.2 with one
/// thread, on networks of 3 to 560 million multiply-adds (docs/recipes.md).
inline constexpr double kStepOfInference = 3.3;

}  // namespace nasnet::train
