#include "cli/latency_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "nasnet/base/columns.h"
#include "nasnet/base/names.h"
#include "nasnet/latency/cells.h"
#include "nasnet/latency/measure_table.h"

namespace nasnet::cli {
namespace {

using latency::LatencyTable, latency::MeasuredCell;

std::string plural(int count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// "own-kernels on Xeon, 1 thread, batch 1; cifar N=6 F=32 on 32x32x3, 10 classes".
std::string what_it_is_of(const latency::Circumstances& of) {
  const graph::StackSettings& stack = of.stack;
  return fmt::format("{}{}{}, {}, batch {}; {} N={} F={} on {}x{}x{}, {} classes",
                     to_text(of.target), of.device.empty() ? "" : " on ", printable(of.device),
                     plural(of.threads, "thread"), of.batch, to_text(stack.stack), stack.cells,
                     stack.filters, stack.input.height, stack.input.width, stack.input.channels,
                     stack.classes);
}

/// The mean counts of the cells that were measured.
latency::Features mean_features(const LatencyTable& table) {
  latency::Features mean{};
  const auto space = latency::make_space(table.of.space, "the table");
  for (const MeasuredCell& cell : table.cells) {
    const latency::Features features =
        latency::count_features(latency::network_of(*space, cell.choices, table.of.stack));
    for (size_t k = 0; k < mean.size(); ++k)
      mean[k] += features[k] / static_cast<double>(table.cells.size());
  }
  return mean;
}

/// Of cells with known spreads.
std::string spreads_text(const LatencyTable& table) {
  std::vector<double> spreads;
  for (const MeasuredCell& cell : table.cells) spreads.push_back(cell.spread);
  std::ranges::sort(spreads);
  if (spreads.empty() || spreads.back() == 0) return "";
  return fmt::format("spread of a cell's times (quartiles): median {:.1f} %, largest {:.1f} %\n",
                     100 * spreads[spreads.size() / 2], 100 * spreads.back());
}

}  // namespace

std::string table_text(const LatencyTable& table) {
  const latency::Features mean = mean_features(table);
  double total = 0;
  for (size_t k = 0; k < mean.size(); ++k) total += mean[k] * table.coefficients[k];
  std::string text = what_it_is_of(table.of) + "\n\n";
  text += fmt::format("{:<17}{:>10}  {:<24}{:>18}{:>8}\n", "kind", "ms", "for", "ms of a network",
                      "share");
  for (size_t k = 0; k < mean.size(); ++k) {
    const latency::FeatureName& name = latency::name_of(static_cast<latency::Feature>(k));
    const double part = mean[k] * table.coefficients[k];
    text += fmt::format("{:<17}{:>10.4f}  {:<24}{:>18.3f}{:>6.1f} %\n", name.name,
                        name.per * table.coefficients[k], name.unit, part,
                        total > 0 ? 100 * part / total : 0);
  }
  const auto [least, greatest] =
      std::ranges::minmax(table.cells, {}, [](const MeasuredCell& cell) { return cell.ms; });
  text += fmt::format("\n{}, {:.2f} to {:.2f} ms\n{}",
                      plural(static_cast<int>(table.cells.size()), "cell"), least.ms, greatest.ms,
                      spreads_text(table));
  text += fmt::format(
      "on {} that had no part in the fit: error {:.1f} % (median), {:.1f} % "
      "(largest); Spearman's rho {:.3f}\n",
      plural(table.held_out.cells, "cell"), 100 * table.held_out.median_error,
      100 * table.held_out.largest_error, table.held_out.spearman);
  constexpr double kGood = 0.1;
  if (table.held_out.median_error > kGood)
    text += "so large an error hides differences between cells: measure those that matter\n";
  return text;
}

std::string predictions_text(const LatencyTable& table, const std::vector<Predicted>& rows) {
  int width = 4;
  for (const Predicted& row : rows) width = std::max(width, display_width(printable(row.name)));
  const bool measured = !rows.empty() && rows[0].measured;
  std::string text = what_it_is_of(table.of) + "\n\n";
  text += padded_right("cell", width) + fmt::format("{:>15}", "predicted ms");
  if (measured) text += fmt::format("{:>14}{:>10}{:>9}", "measured ms", "error", "spread");
  text += "\n";
  for (const Predicted& row : rows) {
    text += padded_right(printable(row.name), width) + fmt::format("{:>15.3f}", row.predicted);
    if (row.measured)
      text += fmt::format("{:>14.3f}{:>8.1f} %{:>7.1f} %", row.measured->ms,
                          100 * (row.predicted / row.measured->ms - 1), 100 * row.measured->spread);
    text += "\n";
  }
  return text + fmt::format("\nheld-out error of the table: {:.1f} % (median of {})\n",
                            100 * table.held_out.median_error,
                            plural(table.held_out.cells, "cell"));
}

nlohmann::ordered_json predictions_to_json(const LatencyTable& table, const std::string& file,
                                           const std::vector<Predicted>& rows) {
  nlohmann::ordered_json result = {{"table", printable(file)}};
  result.update(latency::circumstances_to_json(table.of));
  result["median_error"] = table.held_out.median_error;
  result["cells"] = nlohmann::ordered_json::array();
  for (const Predicted& row : rows) {
    nlohmann::ordered_json one = {{"cell", printable(row.name)}, {"predicted_ms", row.predicted}};
    if (row.measured) {
      one["measured_ms"] = row.measured->ms;
      one["spread"] = row.measured->spread;
    }
    result["cells"].push_back(std::move(one));
  }
  return result;
}

}  // namespace nasnet::cli
