#include "nasnet/train/input_channels.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"

namespace nasnet::train {
namespace {

void demand_grey_or_colour(size_t of, size_t to) {
  const auto is_known = [](size_t channels) { return channels == 1 || channels == 3; };
  if (of != to && !(is_known(of) && is_known(to)))
    throw InputError(
        fmt::format("the model takes images of {} channels, and the data's have {}; only grey and "
                    "colour pictures can stand for each other",
                    of, to));
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The graph's first operator of this kind.
const graph::Operator& first_of(const graph::Graph& graph, graph::OperatorKind kind) {
  const auto found = std::ranges::find(graph.operators, kind, &graph::Operator::kind);
  NASNET_CHECK(found != graph.operators.end(), "a network begins with a convolution and its norm");
  return *found;
}

}  // namespace

data::Normalization normalization_for(const data::Normalization& of, int channels) {
  const size_t wanted = static_cast<size_t>(channels);
  demand_grey_or_colour(of.mean.size(), wanted);
  if (wanted == of.mean.size()) return of;
  return {.mean = std::vector<double>(wanted, mean_of(of.mean)),
          .deviation = std::vector<double>(wanted, mean_of(of.deviation))};
}

void adapt_channels(const graph::Graph& graph, const data::Normalization& of,
                    const data::Normalization& to, std::vector<Tensor>& values) {
  const size_t before = of.mean.size(), after = to.mean.size();
  demand_grey_or_colour(before, after);
  if (before == after) return;
  Tensor& weights = values.at(first_of(graph, graph::OperatorKind::kConv).first_parameter);
  std::vector<int64_t> shape = weights.shape();
  NASNET_CHECK(shape.size() == 4 && shape[1] == static_cast<int64_t>(before),
               "the first convolution reads the image");
  const std::vector<float> old = weights.row_major();
  const size_t window = static_cast<size_t>(shape[2] * shape[3]), outputs = shape[0];
  std::vector<float> fresh(outputs * after * window);
  std::vector<float> constants(outputs);
  for (size_t o = 0; o < outputs; ++o) {
    double constant = 0;
    for (size_t c = 0; c < std::max(before, after); ++c) {
      const size_t from = before == 1 ? 0 : c, into = after == 1 ? 0 : c;
      // With z = (x - mean) / deviation, the old channel's value is stretch z + offset.
      const double stretch = to.deviation[into] / of.deviation[from];
      const double offset = (to.mean[into] - of.mean[from]) / of.deviation[from];
      const double share = 1.0 / static_cast<double>(before == 1 ? after : 1);
      for (size_t k = 0; k < window; ++k) {
        const double weight = share * old[(o * before + from) * window + k];
        fresh[(o * after + into) * window + k] += static_cast<float>(weight * stretch);
        constant += weight * offset;
      }
    }
    constants[o] = static_cast<float>(constant);
  }
  shape[1] = static_cast<int64_t>(after);
  weights = Tensor(shape);
  weights.set_row_major(fresh);
  const graph::Operator& norm = first_of(graph, graph::OperatorKind::kBatchNorm);
  constexpr int kMean = 2;  // of a batch norm's parameters
  const std::span<float> mean = values.at(norm.first_parameter + kMean).change();
  for (size_t o = 0; o < outputs; ++o) mean[o] -= constants[o];
}

}  // namespace nasnet::train
