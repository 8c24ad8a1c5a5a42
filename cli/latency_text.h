#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/latency/latency_table.h"
#include "nasnet/latency/measure.h"

namespace nasnet::cli {

/// A cell's latency by a table, and as it was measured beside it.
struct Predicted {
  std::string name;
  double predicted = 0;  ///< ms
  std::optional<latency::Timing> measured;
};

/// A table for people: what was measured, the milliseconds of each kind of operator, the error on
/// cells that were held out.
std::string table_text(const latency::LatencyTable& table);

std::string predictions_text(const latency::LatencyTable& table,
                             const std::vector<Predicted>& rows);
nlohmann::ordered_json predictions_to_json(const latency::LatencyTable& table,
                                           const std::string& file,
                                           const std::vector<Predicted>& rows);

}  // namespace nasnet::cli
