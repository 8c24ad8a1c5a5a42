#include "nasnet/latency/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nasnet/base/error.h"
#include "nasnet/base/rank_correlation.h"
#include "nasnet/graph/build.h"
#include "nasnet/latency/cells.h"

namespace nasnet::latency {
namespace {

void demand_enough(const std::vector<MeasuredCell>& cells) {
  const auto held_out = std::ranges::count_if(cells, &MeasuredCell::held_out);
  const auto fitted = std::ssize(cells) - held_out;
  if (fitted < kFewestCandidates || held_out < kFewestHeldOut)
    throw InputError(fmt::format(
        "too few cells are measured: {} to fit and {} held out; {} kinds of operators need {} and "
        "{} at least",
        fitted, held_out, kFeatures, kFewestCandidates, kFewestHeldOut));
}

}  // namespace

std::vector<double> fit_relative(const Matrix& counts, const std::vector<double>& ms) {
  Matrix rows = counts;
  for (size_t i = 0; i < rows.size(); ++i)
    for (double& value : rows[i]) value /= ms[i];
  return nonnegative_least_squares(rows, std::vector<double>(rows.size(), 1.0));
}

HeldOutError compare(const std::vector<double>& predicted, const std::vector<double>& measured) {
  HeldOutError result;
  result.cells = static_cast<int>(predicted.size());
  if (predicted.empty()) return result;
  std::vector<double> errors;
  for (size_t i = 0; i < predicted.size(); ++i)
    errors.push_back(std::abs(predicted[i] - measured[i]) / measured[i]);
  std::ranges::sort(errors);
  const size_t half = errors.size() / 2;
  result.median_error =
      errors.size() % 2 == 1 ? errors[half] : (errors[half - 1] + errors[half]) / 2;
  result.largest_error = errors.back();
  result.spearman = nasnet::spearman(predicted, measured);
  return result;
}

LatencyTable fit_table(Circumstances of, uint64_t seed, const space::SearchSpace& space,
                       std::vector<MeasuredCell> cells) {
  demand_enough(cells);
  LatencyTable table{.of = std::move(of), .seed = seed, .cells = std::move(cells)};
  std::vector<Features> features;
  Matrix fitted;
  std::vector<double> times;
  for (const MeasuredCell& cell : table.cells) {
    features.push_back(count_features(network_of(space, cell.choices, table.of.stack)));
    if (cell.held_out) continue;
    fitted.emplace_back(features.back().begin(), features.back().end());
    times.push_back(cell.ms);
  }
  std::ranges::copy(fit_relative(fitted, times), table.coefficients.begin());
  std::vector<double> predicted, measured;
  for (size_t i = 0; i < table.cells.size(); ++i) {
    MeasuredCell& cell = table.cells[i];
    cell.predicted = 0;
    for (size_t k = 0; k < features[i].size(); ++k)
      cell.predicted += features[i][k] * table.coefficients[k];
    if (!cell.held_out) continue;
    predicted.push_back(cell.predicted);
    measured.push_back(cell.ms);
  }
  table.held_out = compare(predicted, measured);
  return table;
}

}  // namespace nasnet::latency
