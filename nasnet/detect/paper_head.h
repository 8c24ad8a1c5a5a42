#pragma once

#include "nasnet/detect/backbone.h"
#include "nasnet/detect/detector_settings.h"

namespace nasnet::detect {

// The paper's detector (section 4.4), as released in TensorFlow's detection API: proposals from the
// joined results of the last two cells before the second reduction, and the network's own last
// stage as the head on each crop of that map.

/// The first stage: one map of stride 16, the two results side by side as they are. `canvas` as for
/// make_dense(); of the settings only stack and anchors_per_place matter.
DenseGraph make_paper_dense(const space::Genotype& genotype, const BackboneSettings& settings,
                            const graph::Shape& canvas);

/// The second stage on crops of `edge` x `edge` pixels: the tail, the mean over its pixels, and a
/// linear layer each for scores and codes.
HeadGraph make_paper_head(const space::Genotype& genotype, const BackboneSettings& settings,
                          int edge, int classes);

/// The released detector's settings, in the words of this detector: twelve anchors a place, those
/// beyond the edge ignored; 300 proposals; 17 x 17 crops from corner to corner; codes of weight 2.
DetectorSettings paper_settings();

}  // namespace nasnet::detect
