#pragma once

#include <map>
#include <vector>

#include "nasnet/exchange/onnx.h"

namespace nasnet::exchange {

/// Batch normalisation in inference mode, or a bias: y = scale x + shift, by channel.
struct Affine {
  std::vector<double> scale, shift;
};

/// By operator: true for those that these outputs are computed from.
std::vector<bool> needed_for(const graph::Graph& graph, const std::vector<int>& outputs);

/// The batch norms and biases that can become part of the weights before them: those behind a
/// convolution, or behind the concatenation of two (factorised reduction), whose results nothing
/// else reads. By operator: of each such convolution the scale and shift of its output channels; of
/// each such norm or bias, which is gone then, an empty Affine.
std::map<int, Affine> find_folded(const graph::Graph& graph, const std::vector<int>& outputs,
                                  const ParameterValues& values);

}  // namespace nasnet::exchange
