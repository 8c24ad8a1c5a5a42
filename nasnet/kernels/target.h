#pragma once

#include <string>

namespace nasnet::kernels {

/// The vector instructions that the kernels use on this machine, as "AVX3". Sums are taken in lanes
/// of their width: results on another target differ in their last digits.
std::string vector_target();

}  // namespace nasnet::kernels
