#pragma once

#include <memory>
#include <string>

#include "nasnet/latency/measure.h"
#include "nasnet/latency/network_timer.h"

namespace nasnet::latency {

/// The space that "name" and its settings describe (Circumstances::space). Throws InputError,
/// opened by `where`, for an unknown space and for settings that it does not have.
std::unique_ptr<space::SearchSpace> make_space(const nlohmann::json& description,
                                               const std::string& where);

/// A table to be measured, and its file.
struct TableRequest {
  Circumstances of;  ///< its device is the timer's
  uint64_t seed = 1;
  int candidates = 30, held_out = 10;
  std::string out;  ///< the table's file; times lie in out.part meanwhile
  bool allow_busy = false;
  Protocol protocol;
};

/// `tell(done, of)`: see measure().
using Tell = std::function<void(int done, int of)>;

/// Draws cells, measures their networks, fits the table and writes it. Resumes from out.part, and
/// drops that at the end. Throws InputError for a file that exists, and for a busy machine, of
/// whose times those that did not spread stay in out.part; Interrupted.
LatencyTable measure_table(const TableRequest& request, NetworkTimer& timer, const Tell& tell);

/// Measures networks beside the table's predictions, as finalists are. Throws InputError for a
/// busy machine, Interrupted.
Measured measure_networks(const std::vector<graph::Graph>& graphs, NetworkTimer& timer,
                          const Protocol& protocol, bool allow_busy, const Tell& tell);

}  // namespace nasnet::latency
