// How good a cell each strategy finds on NAS-Bench-201 with a budget of evaluations: the mean over
// seeds of the CIFAR-10 test accuracy of the cell with the best reward so far, its 95 % interval,
// and how far that is from the table's best cell. Every proposal counts as an evaluation, whether
// or not the strategy has proposed the cell before. The number of threads changes no result.
//
//   --table FILE          nasbench201.csv, packed or not
//   --seeds N             500          --strategies a,b   all
//   --evaluations a,b     100,300,1000 --rewards a,b      c10v_valid,c10v_valid_e12
//   --generation N        10           --lag N            0
//   --threads N           one a core   --json             an array of objects
//   --preset paper        and any setting of a strategy: --population 50

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "bench/bench_flags.h"
#include "bench/table_run.h"
#include "nasnet/base/error.h"
#include "nasnet/search/evaluators/table.h"
#include "nasnet/search/strategies/strategy_settings.h"
#include "nasnet/space/nasbench201.h"

namespace {

using namespace nasnet;
using namespace nasnet::search;

struct Flags {
  std::string table;
  int seeds = 500;
  std::vector<std::string> strategies = names_of_all<StrategyKind>();
  std::vector<std::string> evaluations = {"100", "300", "1000"};
  std::vector<std::string> rewards = names_of_all<TableReward>();
  int generation = 10, lag = 0;
  int threads = 0;
  bool json = false;
};

template <class Visitor>
void visit_settings(Visitor& v, Flags& s) {
  v("table", s.table, "");
  v("seeds", s.seeds, "", Range{2, 1e6});
  v("strategies", s.strategies, "");
  v("evaluations", s.evaluations, "");
  v("rewards", s.rewards, "");
  v("generation", s.generation, "", Range{1, 1e6});
  v("lag", s.lag, "", Range{0, 1000});
  v("threads", s.threads, "", Range{0, 1024});
  v("json", s.json, "");
}

/// `--preset paper` comes first of all: single settings stand above it.
void read(int argc, char** argv, Flags& flags, StrategySettings& strategies) {
  std::vector<char*> others;
  for (int i = 0; i < argc; ++i) {
    if (argv[i] == std::string("--preset") && i + 1 < argc && argv[i + 1] == std::string("paper")) {
      strategies = paper_strategies();
      ++i;
    } else {
      others.push_back(argv[i]);
    }
  }
  std::vector<Setting> known = list_settings(flags);
  for (Setting& setting : list_settings(strategies)) known.push_back(std::move(setting));
  read_flags(static_cast<int>(others.size()), others.data(), known, "bench/strategies.cpp");
}

std::string default_table() {
  const std::string file = shared_file("nasbench201.csv.zst");
  if (!std::filesystem::exists(file))
    throw InputError(
        "no table of NAS-Bench-201 was found at ../shared/data/nasbench201.csv.zst; name one with "
        "--table FILE");
  return file;
}

void main_of(int argc, char** argv) {
  Flags flags;
  StrategySettings settings;
  read(argc, argv, flags, settings);
  const std::vector<int> budgets = numbers_of(flags.evaluations, "--evaluations");
  const auto table =
      std::make_shared<const Table>(flags.table.empty() ? default_table() : flags.table);
  const space::Nasbench201Space space;
  double top = 0;
  for (int i = 0; i < space::Nasbench201Space::kCells; ++i) {
    space::Choices choices;
    for (int rest = i, e = 0; e < 6; ++e, rest /= 5) choices.push_back(rest % 5);
    if (const TableRow* row = table->find(choices)) top = std::max(top, 100 * row->test);
  }
  int threads = flags.threads;
  if (threads == 0) threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));

  nlohmann::ordered_json objects = nlohmann::ordered_json::array();
  if (!flags.json)
    fmt::print("{:<16} {:<12} {:>11} {:>8} {:>7} {:>7} {:>12}\n", "reward", "strategy",
               "evaluations", "mean", "ci95", "regret", "ms a trial");
  for (const std::string& reward : flags.rewards) {
    for (const std::string& name : flags.strategies) {
      const auto kind = parse_enum<StrategyKind>(name, "strategy");
      TableEvaluator evaluator(table, {.reward = parse_enum<TableReward>(reward, "--rewards")});
      std::vector<std::vector<double>> found(static_cast<size_t>(flags.seeds));
      std::atomic<int> next = 0;
      const auto start = std::chrono::steady_clock::now();
      const auto work = [&] {
        for (int seed = next++; seed < flags.seeds; seed = next++) {
          const auto strategy = make_strategy(kind, space, settings, static_cast<uint64_t>(seed));
          found[static_cast<size_t>(seed)] =
              run_on_table(*strategy, evaluator, budgets, flags.generation, flags.lag);
        }
      };
      std::vector<std::thread> pool;
      for (int t = 0; t < threads; ++t) pool.emplace_back(work);
      for (std::thread& thread : pool) thread.join();
      const double seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      for (size_t k = 0; k < budgets.size(); ++k) {
        double mean = 0, squares = 0;
        for (const auto& seed : found) mean += seed[k] / flags.seeds;
        for (const auto& seed : found) squares += (seed[k] - mean) * (seed[k] - mean);
        const double ci95 = 1.96 * std::sqrt(squares / (flags.seeds - 1) / flags.seeds);
        if (!flags.json)
          fmt::print("{:<16} {:<12} {:>11} {:>8.3f} {:>7.3f} {:>7.3f} {:>12.3f}\n", reward, name,
                     budgets[k], mean, ci95, top - mean,
                     1000 * seconds * threads / flags.seeds / budgets.back());
        objects.push_back({{"strategy", name},
                           {"evaluations", budgets[k]},
                           {"mean", mean},
                           {"ci95", ci95},
                           {"regret", top - mean},
                           {"reward", reward},
                           {"seeds", flags.seeds},
                           {"generation", flags.generation},
                           {"lag", flags.lag}});
      }
      std::fflush(stdout);
    }
  }
  if (flags.json) fmt::print("{}\n", objects.dump(2));
}

}  // namespace

int main(int argc, char** argv) {
  return nasnet::run_benchmark("strategies", [&] { main_of(argc, argv); });
}
