// Which front of accuracy and cost each strategy finds on NAS-Bench-201 with a budget of
// evaluations: the means over seeds, with 95 % intervals, of the share of the true front's
// hypervolume (by validation accuracy, and of the cells found by their test accuracy), of IGD+ and
// of the members of the true front found. Then the same budget under hard limits: the best
// validation accuracy, and the evaluations beyond the limit. Then the evaluations that screens
// save, and the test accuracy of random cells within a few trainings, with screens and a rung.
//
//   --table FILE      nasbench201.csv, packed or not    --latency FILE  its cells' milliseconds
//   --seeds N         100                               --strategies a,b  random,evolution,bananas
//   --evaluations a,b 100,300,1000                      --costs a,b     multiply_adds,gold_6226
//   --generation N    10                                --lag N         0
//   --columns a,b     quantities that the models of bananas read: jacov
//   --forms           cells that compute the same count as one, as in a study (not in the table)
//   --no-limits       without the second table          --no-screens    without the last two
//   --json            an array of objects
//   and any setting of a strategy: --front-population 100

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bench/bench_flags.h"
#include "bench/mean.h"
#include "bench/rung_run.h"
#include "bench/table_front.h"
#include "nasnet/base/error.h"

namespace {

using namespace nasnet;
using namespace nasnet::search;

struct Flags {
  std::string table = shared_file("nasbench201.csv.zst");
  std::string latency = shared_file("nasbench201-latency.csv.zst");
  int seeds = 100;
  std::vector<std::string> strategies = {"random", "evolution", "bananas"};
  std::vector<std::string> evaluations = {"100", "300", "1000"};
  std::vector<std::string> costs = {"multiply_adds", "gold_6226"};
  std::vector<std::string> columns;
  int generation = 10, lag = 0;
  bool forms = false, no_limits = false, no_screens = false, json = false;
};

template <class Visitor>
void visit_settings(Visitor& v, Flags& s) {
  v("table", s.table, "");
  v("latency", s.latency, "");
  v("seeds", s.seeds, "", Range{2, 1e6});
  v("strategies", s.strategies, "");
  v("evaluations", s.evaluations, "");
  v("costs", s.costs, "");
  v("columns", s.columns, "");
  v("generation", s.generation, "", Range{1, 1e6});
  v("lag", s.lag, "", Range{0, 1000});
  v("forms", s.forms, "");
  v("no_limits", s.no_limits, "");
  v("no_screens", s.no_screens, "");
  v("json", s.json, "");
}

/// The table, whose latencies are of the device that the cost names, unless it is a count.
std::shared_ptr<const Table> table_for(const Flags& flags, const std::string& cost) {
  auto table = std::make_shared<Table>(flags.table);
  if (cost != "multiply_adds" && cost != "parameters") table->add_latencies(flags.latency, cost);
  return table;
}

std::string goal_of(const std::string& cost) {
  return cost == "multiply_adds" || cost == "parameters" ? cost : "latency_ms";
}

/// Seed by seed, for each budget. The number of threads changes no result.
std::vector<std::vector<TableFront::Found>> run_seeds(const Flags& flags, const std::string& cost,
                                                      const std::vector<std::string>& limits,
                                                      StrategyKind kind,
                                                      const StrategySettings& settings,
                                                      const std::vector<int>& budgets) {
  std::vector<std::vector<TableFront::Found>> found(static_cast<size_t>(flags.seeds));
  const auto table = table_for(flags, cost);
  share_out(flags.seeds, [&] {
    auto problem = std::make_shared<TableFront>(table, goal_of(cost), limits, !flags.forms);
    problem->set_columns(flags.columns);
    return [&, problem](int seed) {
      found[static_cast<size_t>(seed)] = problem->run(kind, settings, static_cast<uint64_t>(seed),
                                                      budgets, flags.generation, flags.lag);
    };
  });
  return found;
}

template <class Value>
Mean mean_over(const std::vector<std::vector<TableFront::Found>>& found, size_t budget,
               const Value& value) {
  std::vector<double> values;
  for (const auto& seed : found) values.push_back(value(seed[budget]));
  return mean_of(values);
}

void print_fronts(const Flags& flags, const StrategySettings& settings,
                  nlohmann::ordered_json& objects) {
  const std::vector<int> budgets = numbers_of(flags.evaluations, "--evaluations");
  if (!flags.json)
    fmt::print("{:<14} {:<10} {:>11} {:>17} {:>17} {:>8} {:>8}\n", "cost", "strategy",
               "evaluations", "share", "test share", "IGD+", "on front");
  for (const std::string& cost : flags.costs) {
    for (const std::string& name : flags.strategies) {
      const auto found =
          run_seeds(flags, cost, {}, parse_enum<StrategyKind>(name, "strategy"), settings, budgets);
      for (size_t k = 0; k < budgets.size(); ++k) {
        const Mean share = mean_over(found, k, [](const auto& f) { return f.share; });
        const Mean test = mean_over(found, k, [](const auto& f) { return f.test_share; });
        const Mean igd = mean_over(found, k, [](const auto& f) { return f.igd; });
        const Mean members =
            mean_over(found, k, [](const auto& f) -> double { return f.on_front; });
        if (!flags.json)
          fmt::print(
              "{:<14} {:<10} {:>11} {:>8.4f} ± {:.4f} {:>8.4f} ± {:.4f} {:>8.4f} "
              "{:>8.1f}\n",
              cost, name, budgets[k], share.mean, share.ci95, test.mean, test.ci95, igd.mean,
              members.mean);
        objects.push_back({{"cost", cost},
                           {"strategy", name},
                           {"evaluations", budgets[k]},
                           {"share", share.mean},
                           {"share_ci95", share.ci95},
                           {"test_share", test.mean},
                           {"test_share_ci95", test.ci95},
                           {"igd_plus", igd.mean},
                           {"on_front", members.mean},
                           {"seeds", flags.seeds},
                           {"lag", flags.lag},
                           {"forms", flags.forms}});
      }
      std::fflush(stdout);
    }
  }
}

/// One goal, the accuracy, under a limit: Candidates of one goal learn from the reward alone.
void print_limits(const Flags& flags, const StrategySettings& settings,
                  nlohmann::ordered_json& objects) {
  constexpr int kEvaluations = 300;
  if (!flags.json)
    fmt::print("\n{:<24} {:<10} {:>11} {:>17} {:>12}\n", "limit", "strategy", "evaluations",
               "best validation", "beyond it");
  for (const auto& [cost, limit] : {std::pair("multiply_adds", "multiply_adds=50M"),
                                    {"multiply_adds", "multiply_adds=20M"},
                                    {"gold_6226", "latency_ms=8"}}) {
    for (const std::string& name : flags.strategies) {
      const auto found = run_seeds(flags, cost, {limit}, parse_enum<StrategyKind>(name, "strategy"),
                                   settings, {kEvaluations});
      const Mean best = mean_over(found, 0, [](const auto& f) { return f.best; });
      const Mean beyond =
          mean_over(found, 0, [](const auto& f) -> double { return f.beyond_limits; });
      if (!flags.json)
        fmt::print("{:<24} {:<10} {:>11} {:>9.2f} ± {:.2f} {:>14.0f}\n", limit, name, kEvaluations,
                   best.mean, best.ci95, beyond.mean * flags.seeds);
      objects.push_back({{"limit", limit},
                         {"strategy", name},
                         {"evaluations", kEvaluations},
                         {"best_validation", best.mean},
                         {"best_validation_ci95", best.ci95},
                         {"beyond_limit", beyond.mean * flags.seeds},
                         {"seeds", flags.seeds}});
      std::fflush(stdout);
    }
  }
}

/// How many evaluations a screen saves: one goal, the accuracy.
void print_screens(const Flags& flags, const StrategySettings& settings,
                   nlohmann::ordered_json& objects) {
  constexpr int kMost = 2000;
  if (!flags.json)
    fmt::print("\n{:<34} {:<10} {:>35}\n", "screen", "strategy",
               "evaluations to within 0.3 of the best");
  const auto table = table_for(flags, "multiply_adds");
  for (const Screen& screen :
       {Screen{}, Screen{4, {{"multiply_adds"}}}, Screen{4, {{"jacov"}}},
        Screen{4, {{"multiply_adds"}, {"jacov"}}}, Screen{10, {{"multiply_adds"}, {"jacov"}}}}) {
    std::string text = screen.is_used() ? fmt::format("--screen {}", screen.draws) : "none";
    for (const ScreenTerm& term : screen.terms) text += " " + term.text();
    for (const std::string& name : flags.strategies) {
      const auto kind = parse_enum<StrategyKind>(name, "strategy");
      std::vector<double> needed(static_cast<size_t>(flags.seeds));
      share_out(flags.seeds, [&] {
        auto problem = std::make_shared<TableFront>(table, "multiply_adds");
        problem->forget_cost();
        problem->set_screen(screen);
        return [&, problem](int seed) {
          needed[static_cast<size_t>(seed)] = problem->evaluations_until_good(
              kind, settings, static_cast<uint64_t>(seed), flags.generation, kMost);
        };
      });
      const Mean mean = mean_of(needed);
      if (!flags.json)
        fmt::print("{:<34} {:<10} {:>27.1f} ± {:.1f}\n", text, name, mean.mean, mean.ci95);
      objects.push_back({{"screen", text},
                         {"strategy", name},
                         {"evaluations", mean.mean},
                         {"evaluations_ci95", mean.ci95},
                         {"seeds", flags.seeds}});
      std::fflush(stdout);
    }
  }
}

/// Whole trainings' worth of random cells, with and without a screen of ten and a rung.
void print_rungs(const Flags& flags, nlohmann::ordered_json& objects) {
  if (!flags.json)
    fmt::print("\n{:<42} {:>9} {:>17}\n", "random cells", "trainings", "test accuracy");
  const auto table = table_for(flags, "multiply_adds");
  const Screen by_size{10, {{"multiply_adds"}}}, by_both{10, {{"multiply_adds"}, {"jacov"}}};
  for (const bool rungs : {false, true}) {
    for (const Screen& screen : {Screen{}, by_size, by_both}) {
      std::string text = rungs ? "rung at 12 epochs" : "trained to the end";
      if (screen.is_used()) text += fmt::format(", --screen {}", screen.draws);
      for (const ScreenTerm& term : screen.terms) text += " " + term.text();
      for (const int trainings : {5, 10, 30}) {
        std::vector<double> accuracy(static_cast<size_t>(flags.seeds));
        share_out(flags.seeds, [&] {
          auto space = std::make_shared<CellsByName>();
          auto evaluator = std::make_shared<TableEvaluator>(table, TableSettings());
          auto candidates = std::make_shared<Candidates>(
              *space, Goals(), Losses(), std::vector<HardLimit>(), evaluator->counter());
          candidates->set_screen(screen);
          return [&, space, evaluator, candidates, trainings](int seed) {
            accuracy[static_cast<size_t>(seed)] = RungRun{trainings, rungs}.test_accuracy(
                *candidates, *evaluator, static_cast<uint64_t>(seed));
          };
        });
        const Mean mean = mean_of(accuracy);
        if (!flags.json)
          fmt::print("{:<42} {:>9} {:>9.2f} ± {:.2f}\n", text, trainings, mean.mean, mean.ci95);
        objects.push_back({{"random", text},
                           {"trainings", trainings},
                           {"test_accuracy", mean.mean},
                           {"test_accuracy_ci95", mean.ci95},
                           {"seeds", flags.seeds}});
        std::fflush(stdout);
      }
    }
  }
}

void main_of(int argc, char** argv) {
  Flags flags;
  StrategySettings settings;
  std::vector<Setting> known = list_settings(flags);
  for (Setting& setting : list_settings(settings)) known.push_back(std::move(setting));
  read_flags(argc, argv, known, "bench/goals.cpp");
  nlohmann::ordered_json objects = nlohmann::ordered_json::array();
  print_fronts(flags, settings, objects);
  if (!flags.no_limits) print_limits(flags, settings, objects);
  if (!flags.no_screens) {
    print_screens(flags, settings, objects);
    print_rungs(flags, objects);
  }
  if (flags.json) fmt::print("{}\n", objects.dump(2));
}

}  // namespace

int main(int argc, char** argv) {
  return nasnet::run_benchmark("goals", [&] { main_of(argc, argv); });
}
