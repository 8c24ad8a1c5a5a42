#pragma once

#include <string>

#include "nasnet/boxes/coco_metric.h"

namespace nasnet::report {

/// Precision against recall at IoU .50 and .75, as SVG: a curve a class that has objects, and their
/// mean. Curves are the metric's, of all sizes and 100 detections an image; each ends where no
/// further object is found. The ten classes with most objects have names and colours.
std::string draw_curves(const boxes::Truth& truth, const boxes::CocoMetric& metric);

}  // namespace nasnet::report
