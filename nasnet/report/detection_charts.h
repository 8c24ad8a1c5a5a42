#pragma once

#include <string>

#include "nasnet/boxes/coco_metric.h"
#include "nasnet/boxes/confusion.h"

namespace nasnet::report {

/// Precision against recall, at IoU .50 and .75, as SVG: a curve each for the eight classes with
/// most objects, and the mean over all. Throws InputError where no class has an object.
std::string draw_curves(const boxes::Truth& truth, const boxes::CocoMetric& metric);

/// A confusion as a table of shaded cells, as SVG: of more than twenty classes those with most
/// objects, and one row and column for all others.
std::string draw_confusion(const boxes::Truth& truth, const boxes::Confusion& confusion);

}  // namespace nasnet::report
