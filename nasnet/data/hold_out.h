#pragma once

#include <cstdint>
#include <vector>

namespace nasnet::data {

/// Chooses a share of each class as test images: true for those. The pictures themselves decide
/// (see content_of()), so that the choice is the same for every packing and every name, adding
/// images moves few others, and equal pictures are never divided. A picture that occurs in two
/// classes is no test of either and is not chosen. Both parts get at least one picture of a class
/// that has two different ones.
std::vector<bool> hold_out(const std::vector<int>& labels, const std::vector<uint64_t>& contents,
                           double share);

}  // namespace nasnet::data
