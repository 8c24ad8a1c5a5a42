#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nasnet/group/group.h"
#include "nasnet/train/tree_sum.h"

namespace nasnet::train {

/// Consecutive replicas of a step: those that one process computes.
struct ReplicaRange {
  int64_t first = 0, last = 0;  ///< the last one is not of it
};

/// Those of this process, at least one where there are as many as processes. Null stands for a
/// single process.
ReplicaRange own_replicas(int64_t replicas, const group::Group* group);

/// Adds up what all processes hold, in TreeSum's order. `rows`: of each node that waits, in its
/// places, when own_replicas() have been pushed. The sum comes into the first, the others become
/// zeros. Each process adds up a slice of the values, of all processes' nodes, and hands it round:
/// so nobody sends or receives more than the others. Throws group::PeerLost, when the rows are
/// spoilt.
void sum_over_group(group::Group& group, int64_t replicas, std::span<const std::span<float>> rows);

}  // namespace nasnet::train
