#pragma once

#include <string>
#include <vector>

namespace nasnet::exchange {

/// Keras' names of a network's weights ("normal_conv_1_3/kernel"; "" for what it has not) as files
/// of Keras 3 and of TensorFlow 2.13 and later number them: layers by class in the order of
/// Model.layers, weights within a layer, as "conv2d_7/vars/0".
std::vector<std::string> numbered_names(const std::vector<std::string>& names, int per_stage);

}  // namespace nasnet::exchange
