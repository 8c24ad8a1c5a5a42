#pragma once

// Scores of an untrained network that cost a pass over it: what they say of its accuracy once it is
// trained, and where they say nothing, is in docs/scores.md.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nasnet/base/enum_names.h"
#include "nasnet/base/tensor.h"
#include "nasnet/graph/graph.h"

namespace nasnet::scores {

enum class Score {
  /// How unlike the images' gradients are: with v the eigenvalues of the correlations of the
  /// gradients of the sum of all logits to each image, -sum(log(v + 1e-5) + 1 / (v + 1e-5)).
  /// (Mellor et al., arXiv 2006.04647, first version.)
  kJacov,
  /// How unlike the images' codes are, a code being which outputs of all ReLUs are not 0: log |det|
  /// of the matrix of how many places two images' codes agree in (Mellor et al., ICML 2021).
  kNaswot,
  /// Weights replaced by their absolute values, norms left out, an image of ones, R the sum of the
  /// logits: the log of the sum of |w dR/dw| over all weights (Tanaka et al., NeurIPS 2020;
  /// Abdelfattah
  /// et al., ICLR 2021). It needs no images.
  kSynflow,
};

constexpr EnumNames<Score, 3> names_of(Score) {
  return {{{Score::kJacov, "jacov"}, {Score::kNaswot, "naswot"}, {Score::kSynflow, "synflow"}}};
}

/// Several scores of networks that read the same images.
class Scorer {
 public:
  /// `images`: N x channels x height x width, normalised; they stand for the data. Scores take
  /// memory for a training pass over all of them. Throws InputError for fewer than two.
  Scorer(std::vector<Score> scores, Tensor images, int threads = 1);

  /// Of the network with the parameters of graph::initial_values(., seed), norms by the batch, no
  /// drop-path and no dropout; an auxiliary head is left out. By the score's name. Those that are
  /// no number are missing: of a network that passes on no signal, or too much of one. The same
  /// bits on any number of threads, and whatever other scores are asked for. Throws InputError
  /// where the graph reads images of another shape.
  std::map<std::string, double> of(const graph::Graph& graph, uint64_t seed) const;

 private:
  std::vector<Score> scores_;
  Tensor images_;
  int threads_;
};

}  // namespace nasnet::scores
