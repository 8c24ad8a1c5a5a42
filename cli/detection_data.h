#pragma once

#include "nasnet/boxes/detection_set.h"

namespace nasnet::cli {

/// Prints what a set of images with boxes holds, and its problems, as text or as one line of JSON.
void print_detection_set(const boxes::DetectionSet& set, bool json);

}  // namespace nasnet::cli
