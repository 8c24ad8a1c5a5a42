#pragma once

#include <string>
#include <vector>

#include "nasnet/graph/builder.h"
#include "nasnet/graph/cut.h"

namespace nasnet::detect {

/// Edges of canvases are multiples of the coarsest stride of a stack's stages: see make_dense().
inline constexpr int kCanvasMultiple = 32;

/// All of a detector that runs over whole images, as one network: backbone, pyramid and the heads
/// that propose regions. Its outputs are the maps that regions are cut out of, the finest first,
/// then objectness and codes of each level of anchors.
struct DenseGraph {
  graph::Graph graph;
  std::vector<int> outputs;
  int maps = 0;
  std::vector<int> strides;  ///< of the levels of anchors, the first `maps` of which are the maps'

  int levels() const { return static_cast<int>(strides.size()); }
  int objectness(int level) const { return maps + 2 * level; }
  int codes(int level) const { return objectness(level) + 1; }
};

/// Joins maps, each half as large as the one before, to a pyramid of `channels` (Lin et al., CVPR
/// 2017): a 1x1 convolution each, added to the coarser level's brought to its size; then a 3x3
/// convolution each. A further level is every second pixel of the coarsest. `maps`: operators,
/// after their ReLU. Returns the levels.
std::vector<int> add_pyramid(graph::Builder& builder, const std::vector<int>& maps, int channels);

/// The sections that a dense network has beside the classifier's.
inline constexpr const char* kMapsSection = "maps";
inline constexpr const char* kProposalsSection = "proposals";
/// Where the parameters of the proposal heads' first layer are named.
inline constexpr const char* kProposalTower = "proposals/tower";

/// Sizes of the heads that propose regions.
struct ProposalHeads {
  int channels = 0;  ///< of the hidden layer
  int anchors_per_place = 0;
};

/// The heads that propose regions, the same over all levels: a 3x3 convolution with ReLU, then a
/// logit and four codes an anchor (Ren et al., 2015). Returns two operators a level.
std::vector<int> add_proposal_heads(graph::Builder& builder, const std::vector<int>& levels,
                                    const ProposalHeads& heads);

/// Adds the proposal heads to `whole`, which `builder` appends to, in a section of their own, and
/// cuts away what no output needs. Regions are cut out of the first `maps` levels.
DenseGraph finish_dense(const graph::Graph& whole, graph::Builder& builder,
                        const std::vector<int>& levels, int maps, std::vector<int> strides,
                        const ProposalHeads& heads);

/// The second stage: of each region's cut the scores of background and classes, and four codes a
/// class.
struct HeadGraph {
  graph::Graph graph;
  std::vector<int> outputs;  ///< scores, codes
  int rows = 1;              ///< regions of one of the graph's images
};

/// Values of a region that is cut out of the maps into edge x edge bins.
int region_values(const DenseGraph& dense, int edge);

/// Two hidden layers of `hidden` values over `inputs` of a region, which is one pixel of an image.
HeadGraph make_head(int inputs, int hidden, int classes);

}  // namespace nasnet::detect
