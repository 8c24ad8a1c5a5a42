#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/graph/graph.h"
#include "nasnet/network/computation.h"
#include "nasnet/space/cell.h"
#include "nasnet/train/pace.h"
#include "nasnet/train/settings.h"

namespace nasnet::train {

// The network that `nasnet transfer` stacks of a cell, and its training, so that it ends within a
// budget (docs/transfer.md).

/// The facts that a choice depends on.
struct TransferTask {
  space::Genotype genotype;
  int64_t images = 0;    ///< that an epoch goes over
  int64_t held_out = 0;  ///< that are measured after each epoch
  int64_t tested = 0;    ///< that are measured at the end
  int classes = 0, channels = 3;
  /// Edge of the images where all have one small size, which they keep; 0 for photos of any size.
  int own_size = 0;
  bool size_is_given = false;  ///< by the user: no network takes smaller ones
  /// The network whose weights are taken, whose size of images alone is free then.
  std::optional<graph::StackSettings> source;
  double seconds = 0;  ///< for the training, its measuring, the test and the export
};

struct TransferChoice {
  graph::StackSettings stack;
  int epochs = 0;
  Pace pace;                     ///< measured
  std::vector<std::string> why;  ///< lines on the networks that were considered
};

/// The pace of this network here.
using MeasurePace = std::function<Pace(const graph::StackSettings& stack)>;

/// An export runs its file by plain operators to check it, on four images: measured, less than a
/// hundred times an image's inference.
inline constexpr double kExportInferences = 100;

/// The largest network of a ladder that can go over the images enough times within the budget, once
/// test and export are paid for: 30 epochs from scratch, 5 with a source's weights; else the
/// smallest. It gets as many epochs as the budget allows, at most 300, or 30. The smallest is
/// measured first; the others' speeds are foretold by their multiply-adds, and the one that is
/// chosen is measured. Throws InputError where not even an epoch of the smallest fits.
TransferChoice choose_transfer(const TransferTask& task, const MeasurePace& measure);

/// Measures it by batches of `settings`.
Pace measure_pace(const space::Genotype& genotype, const graph::StackSettings& stack,
                  const TrainSettings& settings, const network::Computation& computation);

}  // namespace nasnet::train
