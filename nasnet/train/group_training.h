#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/group/group.h"
#include "nasnet/network/network.h"
#include "nasnet/train/checkpoint.h"
#include "nasnet/train/evaluate.h"

namespace nasnet::train {

// Processes that make one training together: what they must have alike, and what they tell each
// other beside the sums of their steps. A null group is a process by itself.

/// Throws InputError, in all processes, where they would not come to the same weights: other
/// versions, settings (any text that names all that the training depends on), data (its digest) or
/// vectors.
void demand_same_training(group::Group* group, const std::string& settings,
                          const std::string& data);

/// The first process's text, in all of them.
std::string of_first(group::Group* group, const std::string& own);

/// Gives the first process's training, its tensors and its progress, to all.
void share_training(group::Group* group, Resumable& training);

/// Throws SystemError, in all processes, where their weights have come to differ: a machine's
/// fault, or machines that compute otherwise.
void demand_same_weights(group::Group* group, const network::Network& network);

/// The own share of a list, in its order.
std::vector<int64_t> own_share(const group::Group* group, std::vector<int64_t> list);

/// The accuracy on all images of a list, of each process's on its own_share() of them: to the bit
/// that of one process.
Accuracy accuracy_of_all(group::Group* group, const Accuracy& own);

}  // namespace nasnet::train
