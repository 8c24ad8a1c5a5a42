#include "nasnet/scores/scores.h"

#include <fmt/format.h>

#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/scores/untrained.h"

// A score that is no number says nothing of a network: it is left out here, once for all of them.

namespace nasnet::scores {

Scorer::Scorer(std::vector<Score> scores, Tensor images, int threads)
    : scores_(std::move(scores)), images_(std::move(images)), threads_(threads) {
  if (images_.shape().size() != 4 || images_.extent(0) < 2)
    throw InputError(
        fmt::format("scores of untrained networks compare images: give at least two, "
                    "not {}",
                    images_.shape().size() == 4 ? images_.extent(0) : 0));
}

std::map<std::string, double> Scorer::of(const graph::Graph& graph, uint64_t seed) const {
  const graph::Shape& input = graph.operators[0].output;
  if (const graph::Shape given = {static_cast<int>(images_.extent(2)),
                                  static_cast<int>(images_.extent(3)),
                                  static_cast<int>(images_.extent(1))};
      given != input)
    throw InputError(fmt::format("the network to score reads images of {}x{}x{}, not of {}x{}x{}",
                                 input.height, input.width, input.channels, given.height,
                                 given.width, given.channels));
  Untrained network(graph, seed, threads_);
  std::map<std::string, double> found;
  for (const Score score : scores_) {
    double value = 0;
    switch (score) {
      case Score::kJacov:
        value = jacov(network, images_);
        break;
      case Score::kNaswot:
        value = naswot(network, images_);
        break;
      case Score::kSynflow:
        value = synflow(network);
        break;
    }
    if (std::isfinite(value)) found[to_text(score)] = value;
  }
  return found;
}

}  // namespace nasnet::scores
