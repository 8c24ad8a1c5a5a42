#pragma once

#include <cstddef>
#include <vector>

#include "nasnet/boxes/sample.h"
#include "nasnet/detect/detector_settings.h"
#include "nasnet/detect/proposals.h"
#include "nasnet/detect/regions.h"
#include "nasnet/graph/pass.h"

namespace nasnet::detect {

/// Drawn from the stream (seed, step, purpose and the image's place in the batch), or the first
/// candidates.
boxes::Sample draw_sample(const std::vector<int>& matches, const boxes::SampleSettings& settings,
                          bool first, const graph::Pass& pass, const char* purpose, size_t image);

/// By image: the share of each one that was drawn of it in the mean over all. Of an empty sample
/// the mean is 0, not 0 / 0.
std::vector<double> shares_of(const std::vector<size_t>& drawn, bool by_image);

/// The regions that the second stage learns from, image after image in the order of their index.
struct RegionSample {
  std::vector<Region> regions;
  std::vector<int> labels;          ///< 0 is background, k + 1 class k
  std::vector<boxes::Box> objects;  ///< of regions with a label above 0
  std::vector<double> shares;       ///< of each in the mean loss
};

/// Drawn from the regions that the first stage has proposed, by image.
RegionSample sample_regions(const std::vector<std::vector<boxes::Box>>& proposed,
                            const std::vector<Target>& targets, const DetectorSettings& settings,
                            const graph::Pass& pass);

}  // namespace nasnet::detect
