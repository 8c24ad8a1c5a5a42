#pragma once

#include "nasnet/boxes/detection_set.h"
#include "nasnet/network/computation.h"

namespace nasnet::cli {

/// Says on standard error how the set was understood and what is left out of it, a line a kind.
/// Throws InputError for its errors, unless `skip_unreadable` has left them out.
void say_problems(const boxes::DetectionSet& set, bool skip_unreadable);

/// Throws InputError where a GPU is asked for: detectors run on the processor.
void demand_processor(network::DeviceChoice device);

}  // namespace nasnet::cli
