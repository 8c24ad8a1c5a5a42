#pragma once

#include <string>
#include <vector>

namespace nasnet::space {

/// A directed graph whose nodes have a label and read other nodes. The order of what a node reads
/// means nothing, nor do the nodes' numbers; the same node may be read more than once.
struct LabelledGraph {
  struct Read {
    int node = 0;
    std::string label;
    auto operator<=>(const Read&) const = default;
  };
  struct Node {
    std::string label;
    std::vector<Read> reads;
  };
  std::vector<Node> nodes;
};

/// A text that two graphs share exactly when they are isomorphic: nodes can be renumbered so that
/// labels and reads agree. Nodes are told apart by refining classes (labels, then the classes of
/// what a node reads and of who reads it) and, where some stay alike, by singling out each of them
/// in turn; the least text wins (McKay 1981 without the pruning by automorphisms). Nodes that read
/// the same and are read by the same need no trying. After 2,000 trials the least so far is
/// taken: two isomorphic graphs of more symmetry than that may then get different texts, different
/// graphs never the same.
std::string canonical_text(const LabelledGraph& graph);

}  // namespace nasnet::space
