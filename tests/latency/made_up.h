#pragma once

#include "nasnet/latency/cells.h"
#include "nasnet/latency/fit.h"
#include "nasnet/latency/measure_table.h"

namespace nasnet::latency {

/// Where each kind of operator costs something of its own.
inline double made_up_ms(const graph::Graph& graph) {
  const Features features = count_features(graph);
  double ms = 0.2;
  for (size_t k = 1; k < features.size(); ++k)
    ms += features[k] * (k == 1 ? 1e-3 : 1e-8 * static_cast<double>(k));
  return ms;
}

inline Circumstances made_up_circumstances() {
  return {.device = "made up",
          .stack = {.cells = 1, .filters = 8},
          .space = {{"name", "nasnet"},
                    {"blocks", 5},
                    {"operations", nlohmann::json::array()},
                    {"combines", nlohmann::json::array()}}};
}

/// Fitted to times of a device that is exactly as the table thinks.
inline LatencyTable made_up_table() {
  const Circumstances of = made_up_circumstances();
  const auto space = make_space(of.space, "test");
  std::vector<MeasuredCell> cells = draw_cells(*space, 5, 30, 10);
  for (MeasuredCell& cell : cells) {
    cell.ms = made_up_ms(network_of(*space, cell.choices, of.stack));
    cell.spread = 0.01;
  }
  return fit_table(of, 5, *space, std::move(cells));
}

}  // namespace nasnet::latency
