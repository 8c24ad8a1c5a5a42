#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/graph/graph.h"
#include "nasnet/network/computation.h"
#include "nasnet/space/cell.h"
#include "nasnet/train/settings.h"

namespace nasnet::train {

// The network that `nasnet transfer` stacks of a cell, and its training, so that it ends within a
// budget (docs/transfer.md).

/// The facts that a choice depends on.
struct TransferTask {
  space::Genotype genotype;
  int64_t images = 0;  ///< that an epoch goes over
  int classes = 0, channels = 3;
  /// Edge of the images where all have one small size, which they keep; 0 for photos of any size.
  int own_size = 0;
  /// The network whose weights are taken, whose size of images alone is free then.
  std::optional<graph::StackSettings> source;
  double seconds = 0;  ///< for all steps of the training
};

struct TransferChoice {
  graph::StackSettings stack;
  int epochs = 0;
  double seconds_per_image = 0;  ///< of a training step, measured
  std::vector<std::string> why;  ///< a line for each network that was considered
};

/// Seconds an image that a training step of this network takes here.
using MeasureStep = std::function<double(const graph::StackSettings& stack)>;

/// The largest network of a ladder that can go over the images enough times within the budget: 30
/// epochs from scratch, 5 with a source's weights; else the smallest. It gets as many epochs as the
/// budget allows, at most 300, or 30. The smallest is measured first; the others' speeds are
/// foretold by their multiply-adds, and the one that is chosen is measured. Throws InputError where
/// not even an epoch of the smallest fits.
TransferChoice choose_transfer(const TransferTask& task, const MeasureStep& measure);

/// Measures it by a few steps of `settings` on noise: the median of three after a first one.
double measure_step(const space::Genotype& genotype, const graph::StackSettings& stack,
                    const TrainSettings& settings, const network::Computation& computation);

}  // namespace nasnet::train
