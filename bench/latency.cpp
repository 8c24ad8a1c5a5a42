// Kinds of operators by which latency is fitted: each choice of kinds is fitted to half of a
// table's measured cells, and judged on the other half; means over splits of the cells.
//
//   nasnet latency --cells 6 --filters 32 --candidates 50 --held-out 10 --out table.json
//   bench_latency [--json] table.json

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/count.h"
#include "nasnet/latency/cells.h"
#include "nasnet/latency/fit.h"
#include "nasnet/latency/measure_table.h"

namespace {

using namespace nasnet;
using graph::Operator, graph::OperatorKind;

constexpr int kSplits = 200;

/// Counts by the names of kinds.
using Counts = std::map<std::string, double>;
using CountKinds = std::function<Counts(const graph::Graph&)>;

Counts product_kinds(const graph::Graph& graph) {
  const latency::Features features = latency::count_features(graph);
  Counts counts;
  for (int k = 0; k < latency::kFeatures; ++k)
    counts[latency::name_of(static_cast<latency::Feature>(k)).name] = features[k];
  return counts;
}

/// The product's kinds, with those of some operators under finer names.
CountKinds finer(std::function<std::string(const Operator&)> name) {
  return [name = std::move(name)](const graph::Graph& graph) {
    Counts counts = product_kinds(graph);
    for (const Operator& op : graph.operators) {
      const std::string kind = name(op);
      if (kind.empty()) continue;
      const bool works = op.kind == OperatorKind::kConv || op.kind == OperatorKind::kDepthwiseConv;
      const auto values = static_cast<double>(op.output.elements());
      const auto count = works ? static_cast<double>(op.multiply_adds(graph.operators)) : values;
      counts[kind] += count;
    }
    return counts;
  };
}

bool is_windowed(const Operator& op) {
  return op.kind == OperatorKind::kConv || op.kind == OperatorKind::kDepthwiseConv ||
         op.kind == OperatorKind::kAvgPool || op.kind == OperatorKind::kMaxPool;
}

struct Choice {
  std::string name;
  CountKinds count;
};

std::vector<Choice> choices() {
  const auto macs = [](const graph::Graph& graph) {
    return Counts{{"constant", 1},
                  {"multiply-adds", static_cast<double>(graph::count(graph).multiply_adds)}};
  };
  const auto without_operators = [](const graph::Graph& graph) {
    Counts counts = product_kinds(graph);
    counts.erase("operator");
    return counts;
  };
  const auto element_wise = [](const Operator& op) -> std::string {
    switch (op.kind) {
      case OperatorKind::kRelu:
        return "relu";
      case OperatorKind::kBatchNorm:
        return "norm";
      case OperatorKind::kAdd:
        return "add";
      case OperatorKind::kConcat:
        return "concat";
      default:
        return "";
    }
  };
  const auto by_map = [](const Operator& op) {
    return op.kind == OperatorKind::kConv ? fmt::format("convolution on {}", op.output.height) : "";
  };
  const auto by_stride = [](const Operator& op) {
    return is_windowed(op) && op.stride_height > 1
               ? fmt::format("{} {} stride 2", static_cast<int>(op.kind), op.kernel_height)
               : "";
  };
  return {{"constant and multiply-adds", macs},
          {"the product's", product_kinds},
          {"without operators", without_operators},
          {"and norms, ReLUs, sums, concatenations", finer(element_wise)},
          {"and convolutions by their maps' size", finer(by_map)},
          {"and windows of stride 2", finer(by_stride)}};
}

/// Rows of one length; kinds that no cell has are left out.
latency::Matrix matrix_of(const std::vector<Counts>& cells) {
  Counts all;
  for (const Counts& counts : cells)
    for (const auto& [kind, count] : counts) all[kind] += count;
  std::erase_if(all, [](const auto& entry) { return entry.second == 0; });
  latency::Matrix rows;
  for (const Counts& counts : cells) {
    rows.emplace_back();
    for (const auto& [kind, sum] : all) {
      const auto found = counts.find(kind);
      rows.back().push_back(found == counts.end() ? 0 : found->second);
    }
  }
  return rows;
}

latency::HeldOutError judge(const latency::Matrix& rows, const std::vector<double>& ms) {
  latency::HeldOutError mean;
  for (uint64_t split = 0; split < kSplits; ++split) {
    std::vector<size_t> order(ms.size());
    std::iota(order.begin(), order.end(), size_t{0});
    shuffle(order, Random(1, split, "latency split"));
    latency::Matrix fitted;
    std::vector<double> times;
    for (size_t k = 0; k < order.size() / 2; ++k) {
      fitted.push_back(rows[order[k]]);
      times.push_back(ms[order[k]]);
    }
    const std::vector<double> costs = latency::fit_relative(fitted, times);
    std::vector<double> predicted, measured;
    for (size_t k = order.size() / 2; k < order.size(); ++k) {
      const auto& row = rows[order[k]];
      predicted.push_back(std::inner_product(row.begin(), row.end(), costs.begin(), 0.0));
      measured.push_back(ms[order[k]]);
    }
    const latency::HeldOutError error = latency::compare(predicted, measured);
    mean.median_error += error.median_error / kSplits;
    mean.largest_error += error.largest_error / kSplits;
    mean.spearman += error.spearman / kSplits;
  }
  return mean;
}

void run(const std::string& file, bool json) {
  const latency::LatencyTable table = latency::read_latency_table(file);
  const auto space = latency::make_space(table.of.space, file);
  std::vector<graph::Graph> graphs;
  std::vector<double> ms;
  for (const latency::MeasuredCell& cell : table.cells) {
    graphs.push_back(latency::network_of(*space, cell.choices, table.of.stack));
    ms.push_back(cell.ms);
  }
  std::vector<std::string> rows;
  if (!json)
    fmt::print("{:<40}{:>8}{:>10}{:>10}{:>10}\n", "kinds", "numbers", "median %", "largest %",
               "Spearman");
  for (const Choice& choice : choices()) {
    std::vector<Counts> counts;
    for (const graph::Graph& graph : graphs) counts.push_back(choice.count(graph));
    const latency::Matrix matrix = matrix_of(counts);
    const latency::HeldOutError error = judge(matrix, ms);
    if (json)
      rows.push_back(fmt::format(
          R"({{"name": "latency {}", "numbers": {}, "median_error": {:.5f}, "spearman": {:.4f}}})",
          choice.name, matrix[0].size(), error.median_error, error.spearman));
    else
      fmt::print("{:<40}{:>8}{:>10.2f}{:>10.1f}{:>10.3f}\n", choice.name, matrix[0].size(),
                 100 * error.median_error, 100 * error.largest_error, error.spearman);
  }
  if (json) fmt::print("[{}]\n", fmt::join(rows, ",\n "));
}

}  // namespace

int main(int argc, char** argv) {
  std::string file;
  bool json = false;
  CLI::App app("Kinds of operators by which latency is fitted.", "bench latency");
  app.add_flag("--json", json, "a list of the rows");
  app.add_option("TABLE", file, "a table that nasnet latency has measured")->required();
  CLI11_PARSE(app, argc, argv);
  try {
    run(file, json);
  } catch (const Error& error) {
    fmt::print(stderr, "bench latency: {}\n", error.what());
    return 2;
  }
}
