#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/data/batches.h"
#include "nasnet/group/group.h"
#include "nasnet/network/network.h"

namespace nasnet::train {

/// Measures the network's running statistics anew: each becomes the mean of what it is over batches
/// of `batch` of the images at `indices`, not augmented, by their images; in double precision, in
/// the batches' order. At most kReestimatedImages are taken, evenly from all. For a network whose
/// weights were averaged, or whose images have another size now. Frozen norms keep theirs. The
/// result is the same for any number of processes and threads. Throws Interrupted.
void reestimate_norms(network::Network& network, const data::ImageSet& images,
                      const std::vector<int64_t>& indices, const data::Normalization& normalization,
                      int64_t batch, group::Group* group);

/// Means over some ten thousand images have settled: more would only take time.
inline constexpr int64_t kReestimatedImages = 20'000;

}  // namespace nasnet::train
