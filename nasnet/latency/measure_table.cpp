#include "nasnet/latency/measure_table.h"

#include <fmt/format.h>

#include <filesystem>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/latency/cells.h"
#include "nasnet/latency/fit.h"
#include "nasnet/space/space_kind.h"

namespace nasnet::latency {

std::unique_ptr<space::SearchSpace> make_space(const nlohmann::json& description,
                                               const std::string& where) {
  const auto name = description.find("name");
  if (!description.is_object() || name == description.end() || !name->is_string())
    throw InputError(fmt::format("{}: the space has no name", printable(where)));
  const std::string known = *name;
  const std::vector<std::string> names = space::spaces().names();
  if (std::ranges::find(names, known) == names.end())
    throw InputError(fmt::format("{}: unknown space '{}'{}", printable(where), printable(known),
                                 suggestion(known, names)));
  const space::SpaceKind& kind = space::spaces().find(known);
  AnySettings settings = kind.settings;
  nlohmann::json own = description;
  own.erase("name");
  settings_from_json(settings, own, printable(where));
  return kind.make(settings);
}

LatencyTable measure_table(const TableRequest& request, NetworkTimer& timer, const Tell& tell) {
  if (std::filesystem::exists(request.out))
    throw InputError(fmt::format("{} is there already; remove it, or choose another --out",
                                 printable(request.out)));
  Circumstances of = request.of;
  of.device = timer.device();
  const auto space = make_space(of.space, "--space");
  std::vector<MeasuredCell> cells =
      draw_cells(*space, request.seed, request.candidates, request.held_out);
  TimesLog log(request.out + ".part", of, cells);
  const Measured measured = measure(
      static_cast<int>(cells.size()), request.protocol,
      [&](int cell, int runs) {
        return timer.time(network_of(*space, cells[cell].choices, of.stack), runs);
      },
      log, tell, request.allow_busy);
  if (measured.busy && !request.allow_busy) {
    log.forget(measured.noisy);
    throw InputError(busy_message(measured, request.protocol));
  }
  for (size_t k = 0; k < cells.size(); ++k) {
    cells[k].ms = measured.timings[k].ms;
    cells[k].spread = measured.timings[k].spread;
  }
  LatencyTable table = fit_table(std::move(of), request.seed, *space, std::move(cells));
  write_file(request.out, table.to_json().dump(1) + "\n");
  log.remove();
  return table;
}

Measured measure_networks(const std::vector<graph::Graph>& graphs, NetworkTimer& timer,
                          const Protocol& protocol, bool allow_busy, const Tell& tell) {
  TimesLog log;
  Measured measured = measure(
      static_cast<int>(graphs.size()), protocol,
      [&](int network, int runs) { return timer.time(graphs[network], runs); }, log, tell);
  if (measured.busy && !allow_busy) throw InputError(busy_message(measured, protocol));
  return measured;
}

}  // namespace nasnet::latency
