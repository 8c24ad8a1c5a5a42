// Evaluations that bananas needs on NAS-Bench-201 until a cell is within 0.3 percent of the best,
// with and without an earlier study on another data set (--learn-from): the means over seeds, with
// 95 % intervals, and the best reward after 20 evaluations. The last rows learn from a study whose
// rewards are turned upside down.
//
//   --table FILE      nasbench201.csv, packed or not    --seeds N        100
//   --trials N        100 of the earlier study          --generation N   10
//   --json            an array of objects
//   and any setting of a strategy: --bananas-rounds 15

#include <fmt/format.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "bench/bench_flags.h"
#include "bench/mean.h"
#include "bench/table_front.h"

namespace {

using namespace nasnet;
using namespace nasnet::search;

constexpr int kMost = 2000;
constexpr double kGood = 0.003;

struct Flags {
  std::string table = shared_file("nasbench201.csv.zst");
  int seeds = 100, trials = 100, generation = 10;
  bool json = false;
};

template <class Visitor>
void visit_settings(Visitor& v, Flags& s) {
  v("table", s.table, "");
  v("seeds", s.seeds, "", Range{2, 1e6});
  v("trials", s.trials, "", Range{1, 1e6});
  v("generation", s.generation, "", Range{1, 1e6});
  v("json", s.json, "");
}

/// A column of the table as the rewards of a study.
class Rewards {
 public:
  Rewards(const std::shared_ptr<const Table>& table, TableReward column, bool upside_down = false)
      : name_(to_text(column)), sign_(upside_down ? -1 : 1) {
    TableEvaluator evaluator(table, {.reward = column});
    for (int i = 0; i < space::Nasbench201Space::kCells; ++i) {
      Task task;
      task.choices = TableFront::cell(i);
      values_.push_back(sign_ * evaluator.evaluate(task, {}).at(kAccuracy));
    }
    best_ = *std::max_element(values_.begin(), values_.end());
  }

  const std::string& name() const { return name_; }
  double best() const { return best_; }
  double of(const space::Choices& choices) const {
    size_t number = 0;
    for (const int choice : choices) number = 5 * number + static_cast<size_t>(choice);
    return values_[number];
  }

 private:
  std::string name_;
  double sign_, best_ = 0;
  std::vector<double> values_;
};

/// An arm of a study, generation by generation.
class Run {
 public:
  Run(StrategyKind kind, const Candidates& candidates, const StrategySettings& settings,
      uint64_t seed, const Rewards& rewards)
      : strategy_(make_strategy(kind, candidates, settings, seed)), rewards_(rewards) {}

  /// The generation's rewards, in the order of its proposals.
  std::vector<Lesson> step(int generation) {
    std::vector<Lesson> lessons;
    std::vector<Observation> observations;
    for (const space::Choices& choices : strategy_->propose(generation)) {
      lessons.push_back({choices, rewards_.of(choices), {}});
      observations.push_back({choices, lessons.back().reward});
    }
    strategy_->observe(observations);
    return lessons;
  }

 private:
  std::unique_ptr<Strategy> strategy_;
  const Rewards& rewards_;
};

struct Row {
  const Rewards* target;
  StrategyKind kind;  ///< of the earlier studies
  std::vector<const Rewards*> earlier;
  std::string name;
};

struct Found {
  double needed = kMost, best_at_20 = 0;
};

Found run_seed(const Row& row, const Flags& flags, const StrategySettings& settings,
               uint64_t seed) {
  const CellsByName space;
  std::vector<EarlierStudy> earlier;
  for (const Rewards* rewards : row.earlier) {
    EarlierStudy& study = earlier.emplace_back(EarlierStudy{rewards->name(), {}});
    Run run(row.kind, space, settings, 1000000 + 1000 * earlier.size() + seed, *rewards);
    while (std::ssize(study.lessons) < flags.trials) {
      const std::vector<Lesson> lessons = run.step(flags.generation);
      study.lessons.insert(study.lessons.end(), lessons.begin(), lessons.end());
    }
  }
  Candidates candidates(space);
  candidates.set_earlier(std::move(earlier));
  Run run(StrategyKind::kBananas, candidates, settings, seed, *row.target);
  Found found;
  for (int evaluated = 0; evaluated < kMost && (found.needed == kMost || evaluated < 20);) {
    for (const Lesson& lesson : run.step(flags.generation)) {
      ++evaluated;
      if (evaluated <= 20) found.best_at_20 = std::max(found.best_at_20, 100 * lesson.reward);
      if (lesson.reward >= row.target->best() - kGood)
        found.needed = std::min<double>(found.needed, evaluated);
    }
  }
  return found;
}

void main_of(int argc, char** argv) {
  Flags flags;
  StrategySettings settings;
  std::vector<Setting> known = list_settings(flags);
  for (Setting& setting : list_settings(settings)) known.push_back(std::move(setting));
  read_flags(argc, argv, known, "bench/lessons.cpp");
  const auto table = std::make_shared<const Table>(flags.table);
  const Rewards cifar10(table, TableReward::kLong), cifar100(table, TableReward::kCifar100),
      imagenet16(table, TableReward::kImagenet16), worst100(table, TableReward::kCifar100, true),
      worst16(table, TableReward::kImagenet16, true);
  std::vector<Row> rows;
  for (const StrategyKind kind : {StrategyKind::kRandom, StrategyKind::kBananas}) {
    for (const Rewards* target : {&cifar10, &cifar100, &imagenet16}) {
      if (kind == StrategyKind::kRandom) rows.push_back({target, kind, {}, "nothing"});
      for (const Rewards* source : {&cifar10, &cifar100, &imagenet16})
        if (source != target) rows.push_back({target, kind, {source}, source->name()});
    }
    rows.push_back({&cifar10, kind, {&cifar100, &imagenet16}, "c100_test, in16_test"});
    rows.push_back({&cifar10, kind, {&worst100}, "c100_test upside down"});
    rows.push_back({&cifar10, kind, {&worst16}, "in16_test upside down"});
  }
  nlohmann::ordered_json objects = nlohmann::ordered_json::array();
  if (!flags.json)
    fmt::print("{:<12} {:<24} {:<10} {:>14} {:>16}\n", "on", "after", "by", "evaluations",
               "best after 20");
  for (const Row& row : rows) {
    std::vector<double> needed(static_cast<size_t>(flags.seeds)), best(needed.size());
    share_out(flags.seeds, [&] {
      return [&](int seed) {
        const Found found = run_seed(row, flags, settings, static_cast<uint64_t>(seed));
        needed[static_cast<size_t>(seed)] = found.needed;
        best[static_cast<size_t>(seed)] = found.best_at_20;
      };
    });
    const Mean evaluations = mean_of(needed), after = mean_of(best);
    const std::string by = row.earlier.empty() ? "" : to_text(row.kind);
    if (!flags.json)
      fmt::print("{:<12} {:<24} {:<10} {:>7.1f} ± {:<4.1f} {:>9.2f} ± {:.2f}\n", row.target->name(),
                 row.name, by, evaluations.mean, evaluations.ci95, after.mean, after.ci95);
    std::fflush(stdout);
    objects.push_back({{"on", row.target->name()},
                       {"after", row.name},
                       {"by", by},
                       {"evaluations", evaluations.mean},
                       {"evaluations_ci95", evaluations.ci95},
                       {"best_after_20", after.mean},
                       {"best_after_20_ci95", after.ci95},
                       {"seeds", flags.seeds}});
  }
  if (flags.json) fmt::print("{}\n", objects.dump(2));
}

}  // namespace

int main(int argc, char** argv) {
  return nasnet::run_benchmark("lessons", [&] { main_of(argc, argv); });
}
