#pragma once

#include <memory>

#include "nasnet/detect/detector_design.h"
#include "nasnet/search/goals/counter.h"

namespace nasnet::search {

/// "parameters" and "multiply_adds" of a detector: the dense network (trunk, maps and proposals)
/// over one image of the largest size that pictures are resized to, and the head over all regions
/// that it looks at in inference. As `nasnet describe --detector` counts them at that size.
Measurements count_detector(const detect::Detector::MakeDense& dense, const detect::HeadGraph& head,
                            const detect::DetectorDesign& design);

/// Counts the same of a space's candidates as they are trained, 2 ms each; they are remembered. The
/// space must have genotypes. `norms` is not kAuto.
std::shared_ptr<const Counter> make_detector_counter(
    std::shared_ptr<const space::SearchSpace> space, const detect::DetectorDesign& design,
    int classes, detect::BatchNorm norms);

}  // namespace nasnet::search
