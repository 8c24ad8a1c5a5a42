#include "nasnet/train/pace.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/graph/count.h"
#include "nasnet/network/feature_network.h"

namespace nasnet::train {
namespace {

/// Each turn has values of its own: a network may remember what it has seen.
Tensor noise(const network::Network& network, int64_t images, int turn) {
  const graph::Shape& shape = network.graph().settings.input;
  Tensor tensor({images, shape.channels, shape.height, shape.width});
  Random random(1, static_cast<uint64_t>(turn), "pace");
  for (float& value : tensor.change()) value = static_cast<float>(random.normal());
  return tensor;
}

/// Seconds of a pass over a batch of noise, the median of three after a first one, which makes what
/// later ones find. One batch is there at a time: the training has not reckoned with more.
template <class Pass>
double seconds_of(const network::Network& network, int64_t images, Pass pass) {
  std::vector<double> seconds;
  for (int turn = 0; turn < 4; ++turn) {
    const Tensor batch = noise(network, images, turn);
    const auto begin = std::chrono::steady_clock::now();
    pass(batch);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    if (turn > 0) seconds.push_back(took.count());
  }
  std::ranges::sort(seconds);
  return seconds[seconds.size() / 2];
}

}  // namespace

Pace measure_pace(network::Network& network, int64_t images, network::Learner* learner,
                  int recomputed_cells) {
  // About a second a pass of one core: a large network is not kept waiting for minutes.
  constexpr double kMultiplyAdds = 2e10;
  const auto an_image = static_cast<double>(graph::count(network.graph()).multiply_adds);
  images = std::clamp<int64_t>(static_cast<int64_t>(kMultiplyAdds / an_image), 1, images);
  const auto count = static_cast<double>(images);
  Pace pace;
  pace.inference =
      seconds_of(network, images, [&](const Tensor& batch) { network.infer(batch); }) / count;
  pace.step = pace.inference;
  if (network::learns_classifier_alone(network.graph())) return pace;
  // Contributions come to nothing. On a GPU the wait for a loss is that for the step before it,
  // too.
  std::unique_ptr<network::Learner> own;
  if (!learner) {
    own = network.learn({});
    learner = own.get();
  }
  const network::Pass pass{.training = true, .recomputed_cells = recomputed_cells};
  const std::vector<int64_t> labels(static_cast<size_t>(images), 0);
  pace.step = seconds_of(network, images,
                         [&](const Tensor& batch) {
                           learner->contribute(batch, labels, {0, images}, pass, 0)();
                         }) /
              count;
  return pace;
}

}  // namespace nasnet::train
