#include "bench/proxy/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/search/study/statistics.h"

namespace nasnet::bench {
namespace {

using search::Estimate;

struct Row {
  std::string name;
  size_t cells = 0;
  Estimate spearman, kendall;
  double core_seconds = 0, accuracy = 0;  // means
};

using Cells = std::map<int64_t, Result>;

Row compare(const std::string& name, const Cells& proxy, const Cells& reference,
            double (*measure)(const Result&)) {
  std::vector<double> x, y;
  Row row{.name = name};
  for (const auto& [cell, result] : proxy) {
    const auto found = reference.find(cell);
    if (found == reference.end()) continue;
    x.push_back(measure(result));
    y.push_back(found->second.accuracy);
    row.core_seconds += result.core_seconds;
    row.accuracy += result.accuracy;
  }
  row.cells = x.size();
  if (x.size() < 3) return row;
  row.spearman = search::bootstrap_spearman(x, y);
  row.kendall = search::bootstrap_kendall(x, y);
  row.core_seconds /= static_cast<double>(x.size());
  row.accuracy /= static_cast<double>(x.size());
  return row;
}

std::string text(const Estimate& estimate) {
  return fmt::format("{:.2f} ({:.2f} to {:.2f})", estimate.value, estimate.interval.low,
                     estimate.interval.high);
}

}  // namespace

std::string format_table(const std::vector<Result>& results, const std::string& data) {
  std::map<std::string, Cells> by_proxy;
  for (const Result& result : results)
    if (result.data == data) by_proxy[result.proxy][result.cell] = result;
  const Cells& reference = by_proxy[""];
  std::vector<Row> rows;
  for (const auto& [name, cells] : by_proxy)
    if (!name.empty())
      rows.push_back(
          compare(name, cells, reference, [](const Result& result) { return result.accuracy; }));
  const auto untrained = [&](const char* name, double (*measure)(const Result&)) {
    Row row = compare(name, reference, reference, measure);
    row.core_seconds = row.accuracy = 0;
    rows.push_back(std::move(row));
  };
  untrained("(parameters, untrained)", [](const Result& result) { return result.parameters; });
  untrained("(multiply-adds, untrained)",
            [](const Result& result) { return result.multiply_adds; });
  std::erase_if(rows, [](const Row& row) { return row.cells < 3; });
  std::sort(rows.begin(), rows.end(),
            [](const Row& a, const Row& b) { return a.spearman.value > b.spearman.value; });

  double seconds = 0, accuracy = 0;
  for (const auto& [cell, result] : reference) {
    seconds += result.core_seconds;
    accuracy += result.accuracy;
  }
  const double count = std::max<double>(1, static_cast<double>(reference.size()));
  std::string table = fmt::format(
      "{}: {} cells, trained long in {:.1f} core-seconds each, to {:.1f} % on average\n\n", data,
      reference.size(), seconds / count, 100 * accuracy / count);
  table += "| Spearman | Kendall | core-seconds | mean accuracy | cells | child |\n";
  table += "| --- | --- | --- | --- | --- | --- |\n";
  for (const Row& row : rows)
    table +=
        fmt::format("| {} | {} | {:.2f} | {:.1f} % | {} | {} |\n", text(row.spearman),
                    text(row.kendall), row.core_seconds, 100 * row.accuracy, row.cells, row.name);
  return table;
}

}  // namespace nasnet::bench
