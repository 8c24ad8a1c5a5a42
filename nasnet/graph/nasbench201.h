#pragma once

#include "nasnet/graph/graph.h"
#include "nasnet/space/search_space.h"

namespace nasnet::graph {

/// How a cell of NAS-Bench-201 is stacked; the defaults are those that its tables were made with.
struct Nasbench201Settings {
  int cells = 5;     ///< N: cells a stage, three stages
  int filters = 16;  ///< C: of the first stage
  int classes = 10;
  Shape input = {32, 32, 3};
};

/// The network of a cell of space::Nasbench201Space (Dong & Yang, ICLR 2020, section 2.2): a
/// convolution, N cells, a residual block of stride 2, N cells, another such block, N cells; batch
/// norm, ReLU, mean and a linear layer. A node without edges is 0, and so is what is computed of it
/// but for norms: such convolutions are in the network, and in its counts, all the same. Parameters
/// are as many as in the tables, and multiply-adds too, but that these count the linear layer's
/// biases among them.
///
/// Parameters are named as in build(): cell_3/edge_0_2/conv_3x3/weights. Throws InputError for
/// settings that make no network, and for choices that are no cell.
Graph build_nasbench201(const space::Choices& choices, const Nasbench201Settings& settings = {});

}  // namespace nasnet::graph
