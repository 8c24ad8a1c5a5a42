// Two questions about scores of untrained networks (docs/scores.md). Time of a core that each takes
// on the default child of the NASNet space; and on NAS-Bench-201 how they rank cells: Kendall's tau
// with the table's test accuracy on CIFAR-10 after 200 epochs, with the bootstrap's 95 % interval
// over cells, beside that of counted multiply-adds. A score that a cell lacks ranks below all.
//
//   --data PATH     CIFAR-10, as --data of nasnet search (cifar-10); without it the time alone
//   --table FILE    nasbench201.csv, packed or not
//   --cells N       200, drawn evenly      --filters C   8     --stack N    1
//   --images N      128                    --seed S      1     --json

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "bench/processor_time.h"
#include "nasnet/base/error.h"
#include "nasnet/base/random.h"
#include "nasnet/base/rank_correlation.h"
#include "nasnet/data/batches.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/graph/nasbench201.h"
#include "nasnet/scores/scores.h"
#include "nasnet/search/evaluators/child.h"
#include "nasnet/search/evaluators/table.h"
#include "nasnet/search/study/statistics.h"

namespace {

using namespace nasnet;
using nlohmann::ordered_json;

struct Flags {
  std::string data, table = NASNET_SOURCE_DIR "/../shared/data/nasbench201.csv.zst";
  int cells = 200, filters = 8, stack = 1, images = 128;
  uint64_t seed = 1;
  bool json = false;
};

space::Choices draw(const space::SearchSpace& space, uint64_t seed, int number) {
  Random random(seed, static_cast<uint64_t>(number), "bench scores");
  space::Choices choices;
  for (const space::Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return choices;
}

Tensor noise(int64_t count, int edge) {
  Tensor images({count, 3, edge, edge});
  Random random(1, 0, "bench images");
  for (float& value : images.change()) value = static_cast<float>(random.normal());
  return images;
}

/// Milliseconds of a core by score, the median of several cells of the default child.
ordered_json time_scores(const Flags& flags) {
  const search::ChildSettings child;
  const space::NasnetSpace space;
  ordered_json result;
  for (const auto score : values_of_all<scores::Score>()) {
    const scores::Scorer scorer({score}, noise(flags.images, 32));
    std::vector<double> times;
    for (int k = 0; k < 15; ++k) {
      const graph::Graph graph = graph::build(space.decode(draw(space, flags.seed, k)),
                                              {.cells = child.cells, .filters = child.filters});
      const double begin = bench::process_seconds();
      scorer.of(graph, flags.seed);
      times.push_back(1000 * (bench::process_seconds() - begin));
    }
    result[to_text(score)] = bench::median(times);
  }
  return result;
}

ordered_json rank_cells(const Flags& flags) {
  const search::Table table(flags.table);
  const space::Nasbench201Space space;
  const data::DataSet set = data::load(flags.data, {.image_size = 32});
  const data::Normalization normalization = data::measure_normalization(set.train);
  std::vector<int64_t> order(set.train.size());
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, Random(flags.seed, 0, "bench score images"));
  order.resize(std::min<size_t>(order.size(), flags.images));
  data::Batches batches(set.train, order, normalization, {.batch = flags.images});
  batches.start(0);
  data::Batch batch;
  if (!batches.next(batch)) throw InputError("the data set has no images");
  const scores::Scorer scorer(values_of_all<scores::Score>(), std::move(batch.images));

  std::vector<double> truth;
  std::map<std::string, std::vector<double>> columns;
  std::map<std::string, int> missing;
  for (int k = 0; k < flags.cells; ++k) {
    const space::Choices choices = draw(space, flags.seed, k);
    const search::TableRow* row = table.find(choices);
    if (!row) throw InputError(fmt::format("{} lacks a cell", flags.table));
    truth.push_back(row->test);
    const graph::Graph graph =
        graph::build_nasbench201(choices, {.cells = flags.stack, .filters = flags.filters});
    columns["multiply_adds"].push_back(static_cast<double>(graph::count(graph).multiply_adds));
    const auto found = scorer.of(graph, flags.seed ^ hash64(space.canonical(choices)));
    for (const std::string& name : names_of_all<scores::Score>()) {
      const auto value = found.find(name);
      columns[name].push_back(value == found.end() ? -1e300 : value->second);
      missing[name] += value == found.end();
    }
    if (!flags.json && (k + 1) % 50 == 0) fmt::print(stderr, "{} cells\n", k + 1);
  }
  ordered_json result;
  const std::vector<std::vector<std::string>> rows = {{"multiply_adds"},
                                                      {"jacov"},
                                                      {"naswot"},
                                                      {"synflow"},
                                                      {"jacov", "multiply_adds"},
                                                      {"naswot", "multiply_adds"},
                                                      {"synflow", "multiply_adds"},
                                                      {"jacov", "naswot", "multiply_adds"}};
  for (const std::vector<std::string>& names : rows) {
    std::vector<double> sum(truth.size());
    for (const std::string& name : names) {
      const std::vector<double> own = ranks(columns.at(name));
      for (size_t i = 0; i < sum.size(); ++i) sum[i] += own[i];
    }
    const search::Estimate tau = search::bootstrap_kendall(sum, truth);
    ordered_json one = {{"tau", tau.value}, {"low", tau.interval.low}, {"high", tau.interval.high}};
    if (names.size() == 1 && missing.contains(names[0])) one["missing"] = missing.at(names[0]);
    result[fmt::format("{}", fmt::join(names, " + "))] = one;
  }
  return result;
}

void main_of(const Flags& flags) {
  ordered_json result = {{"core_ms", time_scores(flags)}};
  if (!flags.data.empty()) result["tau"] = rank_cells(flags);
  if (flags.json) return fmt::print("{}\n", result.dump());
  fmt::print("core ms on the default child, {} images of 32 x 32, median of 15 cells\n",
             flags.images);
  for (const auto& [name, value] : result["core_ms"].items())
    fmt::print("  {:<40}{:>8.1f}\n", name, value.get<double>());
  if (flags.data.empty()) return;
  fmt::print("tau with c10_test, {} cells of NAS-Bench-201, C = {}, N = {}\n", flags.cells,
             flags.filters, flags.stack);
  for (const auto& [name, value] : result["tau"].items())
    fmt::print(
        "  {:<40}{:>8.3f} [{:.3f}, {:.3f}]{}\n", name, value["tau"].get<double>(),
        value["low"].get<double>(), value["high"].get<double>(),
        value.contains("missing") ? fmt::format("  missing: {}", value["missing"].dump()) : "");
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Scores of untrained networks: their time, and how they rank");
  app.add_option("--data", flags.data);
  app.add_option("--table", flags.table);
  app.add_option("--cells", flags.cells)->check(CLI::Range(2, 15625));
  app.add_option("--filters", flags.filters)->check(CLI::Range(1, 4096));
  app.add_option("--stack", flags.stack)->check(CLI::Range(1, 100));
  app.add_option("--images", flags.images)->check(CLI::Range(2, 100000));
  app.add_option("--seed", flags.seed);
  app.add_flag("--json", flags.json);
  CLI11_PARSE(app, argc, argv);
  try {
    main_of(flags);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_scores: {}\n", error.what());
    return 2;
  }
  return 0;
}
