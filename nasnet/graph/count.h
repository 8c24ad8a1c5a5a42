#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/graph/graph.h"

namespace nasnet::graph {

/// Sizes of a network or of a part of it, for one image.
struct Counts {
  int64_t parameters = 0;  ///< trainable
  int64_t statistics = 0;  ///< running means and variances of batch normalisation
  int64_t multiply_adds = 0;

  bool operator==(const Counts&) const = default;
  Counts& operator+=(const Counts& other);
};

/// One entry a section of the graph, in its order.
std::vector<Counts> count_sections(const Graph& graph);

/// The whole network, with or without the auxiliary head (published counts are without).
Counts count(const Graph& graph, bool with_auxiliary_head = false);

/// The name of the auxiliary head's section.
inline constexpr const char* kAuxiliarySection = "auxiliary head";

}  // namespace nasnet::graph
