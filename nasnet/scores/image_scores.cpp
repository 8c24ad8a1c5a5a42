// Scores of what images do to a network: training passes of the fused executor, one a score, so
// that none depends on which others are wanted.

#include <cmath>

#include "nasnet/fused/executor.h"
#include "nasnet/kernels/bits.h"
#include "nasnet/scores/matrix.h"
#include "nasnet/scores/untrained.h"

namespace nasnet::scores {
namespace {

using graph::OperatorKind;

/// The ReLUs that the logits depend on.
std::vector<int> relus(const graph::Graph& graph) {
  std::vector<bool> needed(graph.operators.size());
  needed[graph.logits] = true;
  std::vector<int> found;
  for (int i = graph.logits; i >= 0; --i) {
    if (!needed[i]) continue;
    for (const int input : graph.operators[i].inputs) needed[input] = true;
    if (graph.operators[i].kind == OperatorKind::kRelu) found.push_back(i);
  }
  return found;
}

/// A bit a value and image: is it above 0?
class Codes {
 public:
  Codes(const Tensor& values, int64_t images)
      : words_(kernels::words_of(values.size() / images)), bits_(images * words_) {
    const int64_t size = values.size() / images;
    for (int64_t n = 0; n < images; ++n)
      kernels::positive_bits(values.data() + n * size, size, &bits_[n * words_]);
  }

  int64_t differences(int64_t a, int64_t b) const {
    return kernels::differing_bits(&bits_[a * words_], &bits_[b * words_], words_);
  }

 private:
  int64_t words_;
  std::vector<uint64_t> bits_;
};

}  // namespace

double jacov(Untrained& network, const Tensor& images) {
  constexpr double kSmall = 1e-5;
  const int64_t count = images.extent(0);
  const fused::Executor::Trained trained = network.train(images, {network.graph().logits}, true);
  std::vector<Tensor> above = {Tensor(trained.outputs[0].shape())};
  for (float& one : above[0].change()) one = 1.0f;
  std::vector<float> gradient(images.size());
  trained.pass->backward(above, fused::GradientPlaces(network.parameters().size(), nullptr),
                         gradient.data());
  double sum = 0;
  for (const double v : eigenvalues(correlations(gradient, count)))
    sum += std::log(v + kSmall) + 1 / (v + kSmall);
  return -sum;
}

double naswot(Untrained& network, const Tensor& images) {
  const int64_t count = images.extent(0);
  const std::vector<int> outputs = relus(network.graph());
  SymmetricMatrix agreeing(count);
  if (outputs.empty()) return log_determinant(agreeing);
  const fused::Executor::Trained trained = network.train(images, outputs, false);
  for (const Tensor& map : trained.outputs) {
    const Codes codes(map, count);
    const int64_t each = map.size() / count;
    const auto places = static_cast<double>(each);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t k = 0; k <= i; ++k)
        agreeing.set(i, k,
                     agreeing.at(i, k) + places - static_cast<double>(codes.differences(i, k)));
  }
  return log_determinant(agreeing);
}

}  // namespace nasnet::scores
