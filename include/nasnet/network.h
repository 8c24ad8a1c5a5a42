#pragma once

#include <nasnet/genotype.h>

#include <cstdint>
#include <string>
#include <vector>

namespace nasnet {

/// The network that the cells of a genotype are stacked to, and the images that it takes.
struct Stack {
  std::string kind = "cifar";  ///< "cifar"; "mobile" and "large" begin with ImageNet's stem
  int cells = 6;               ///< N: normal cells a stage, of which there are three
  int filters = 32;            ///< F: filters of the first stage's cells
  int classes = 10;
  int height = 32, width = 32, channels = 3;  ///< of an image

  bool operator==(const Stack&) const = default;
};

/// The paper's stack of this kind (Zoph et al. 2018): 6 @ 768 for CIFAR-10, 4 @ 1056 and 6 @ 4032
/// for ImageNet. Throws InputError for an unknown one.
Stack published_stack(const std::string& kind);

/// The size of a network, or of a part of it.
struct Counts {
  int64_t parameters = 0;     ///< trainable
  int64_t multiply_adds = 0;  ///< of convolutions and linear layers, for one image

  bool operator==(const Counts&) const = default;
};

/// A part: the stem, a cell, the head.
struct NetworkPart {
  std::string name;
  int height = 0, width = 0, channels = 0;  ///< of its output, for one image
  Counts counts;
};

struct NetworkCounts {
  Counts total;
  std::vector<NetworkPart> parts;  ///< in the order of computation
};

/// Counts the network that the genotype makes in this stack, without an auxiliary head. Throws
/// InputError where they make none.
NetworkCounts count_network(const Genotype& genotype, const Stack& stack = {});

}  // namespace nasnet
