#pragma once

#include "cli/options.h"
#include "cli/train_flags.h"

namespace nasnet::cli {

/// Prints what `nasnet train` would do with these settings, at ten points of the training, and the
/// settings themselves. Reads no data, and trains nothing.
void describe_training(const TrainFlags& flags, const Common& common);

}  // namespace nasnet::cli
