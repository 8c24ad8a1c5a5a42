#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/search/evaluators/table.h"
#include "nasnet/search/goals/hypervolume.h"
#include "nasnet/search/strategies/strategy_settings.h"

namespace nasnet::search {

/// NAS-Bench-201 whose cells are what their names say: the table has a training of its own for each
/// of those that compute the same, which a study would not evaluate twice.
class CellsByName : public space::Nasbench201Space {
 public:
  std::string canonical(const space::Choices& choices) const override { return describe(choices); }
};

/// NAS-Bench-201 with two goals: validation accuracy, and a cost that the table has. Places are
/// those of the table's columns: (percent of error, cost as `unit`).
class TableFront {
 public:
  /// The reference: 20 % of error, the greatest cost of all cells. Under limits the accuracy is the
  /// strategies' only goal. `by_name`: see CellsByName.
  TableFront(std::shared_ptr<const Table> table, const std::string& cost,
             const std::vector<std::string>& limits = {}, bool by_name = true)
      : table_(std::move(table)), evaluator_(table_, {}) {
    const Goals goals({kAccuracy, cost});
    double dearest = 0;
    for (int i = 0; i < space::Nasbench201Space::kCells; ++i) {
      const Measurements all = measure(cell(i));
      const Losses place = goals.losses(all);
      dearest = std::max(dearest, place[1]);
      validation_.push_back(place);
      test_.push_back({-all.at("test_accuracy"), place[1]});
    }
    reference_ = {-0.8, dearest};
    volume_ = hypervolume(validation_, reference_);
    test_volume_ = hypervolume(test_, reference_);
    for (const size_t i : pareto_front(validation_)) front_.push_back(validation_[i]);
    if (!by_name) space_ = std::make_unique<space::Nasbench201Space>();
    if (limits.empty())
      candidates_ = std::make_unique<Candidates>(*space_, goals, reference_,
                                                 std::vector<HardLimit>(), evaluator_.counter());
    else
      forget_cost(parse_hard_limits(limits));
  }

  /// The cell whose choices are the digits of `number` in base 5.
  static space::Choices cell(int number) {
    space::Choices choices(6);
    for (size_t e = 6; e-- > 0; number /= 5) choices[e] = number % 5;
    return choices;
  }
  Measurements measure(const space::Choices& choices) {
    Task task;
    task.choices = choices;
    return evaluator_.evaluate(task, {});
  }
  const std::vector<Losses>& places(bool test = false) const { return test ? test_ : validation_; }
  const Losses& reference() const { return reference_; }
  double volume(bool test = false) const { return test ? test_volume_ : volume_; }
  const Candidates& candidates() const { return *candidates_; }

  void set_screen(Screen screen) { candidates_->set_screen(std::move(screen)); }
  void set_columns(const std::vector<std::string>& columns) { candidates_->set_columns(columns); }
  /// With the accuracy alone as the goal, whose strategies are others.
  void forget_cost(const std::vector<HardLimit>& limits = {}) {
    candidates_ =
        std::make_unique<Candidates>(*space_, Goals(), Losses(), limits, evaluator_.counter());
  }
  /// Evaluations until the best validation accuracy is within 0.3 percent of the table's greatest;
  /// `most` where it is not.
  int evaluations_until_good(StrategyKind kind, const StrategySettings& settings, uint64_t seed,
                             int generation, int most) {
    double greatest = 0;
    for (const Losses& place : validation_) greatest = std::max(greatest, -place[0]);
    const auto strategy = make_strategy(kind, *candidates_, settings, seed);
    for (int evaluated = 0;;) {
      std::vector<Observation> observations;
      for (const space::Choices& choices : strategy->propose(generation)) {
        int number = 0;
        for (const int choice : choices) number = 5 * number + choice;
        const double accuracy = -validation_[static_cast<size_t>(number)][0];
        observations.push_back({choices, accuracy});
        if (++evaluated >= most || accuracy >= greatest - 0.003) return evaluated;
      }
      strategy->observe(observations);
    }
  }

  /// The front found after so many evaluations.
  struct Found {
    double share = 0;       ///< of the true front's hypervolume
    double test_share = 0;  ///< the same of its cells' test accuracies
    double igd = 0;
    int on_front = 0;       ///< members of the true front
    double best = 0;        ///< greatest validation accuracy, percent
    int beyond_limits = 0;  ///< evaluations over a limit
  };

  /// Every proposal counts. A generation is proposed when all but the latest `lag` ones have been
  /// observed. Budgets ascend.
  std::vector<Found> run(StrategyKind kind, const StrategySettings& settings, uint64_t seed,
                         const std::vector<int>& budgets, int generation, int lag) {
    const auto strategy = make_strategy(kind, *candidates_, settings, seed);
    std::vector<Found> found;
    std::deque<std::vector<Observation>> unseen;
    Front front;
    Found now;
    for (int evaluated = 0; found.size() < budgets.size();) {
      for (; static_cast<int>(unseen.size()) > lag; unseen.pop_front())
        strategy->observe(unseen.front());
      std::vector<Observation>& observations = unseen.emplace_back();
      for (const space::Choices& choices : strategy->propose(generation)) {
        int number = 0;
        for (const int choice : choices) number = 5 * number + choice;
        const Losses& place = validation_[static_cast<size_t>(number)];
        front.add(place, number);
        now.best = std::max(now.best, -100 * place[0]);
        now.beyond_limits += candidates_->admits(choices) ? 0 : 1;
        observations.push_back(
            {choices, -place[0], candidates_->goals().empty() ? Losses() : place});
        ++evaluated;
        while (found.size() < budgets.size() && evaluated == budgets[found.size()])
          found.push_back(judge(front, now));
      }
    }
    return found;
  }

 private:
  Found judge(const Front& front, Found found) const {
    std::vector<Losses> places, tested;
    for (const Front::Member& member : front.members()) {
      places.push_back(member.losses);
      tested.push_back(test_[static_cast<size_t>(member.id)]);
      found.on_front += std::count(front_.begin(), front_.end(), member.losses) > 0 ? 1 : 0;
    }
    found.share = hypervolume(places, reference_) / volume_;
    found.test_share = hypervolume(tested, reference_) / test_volume_;
    found.igd = igd_plus(places, front_, reference_);
    return found;
  }

  std::shared_ptr<const Table> table_;
  TableEvaluator evaluator_;
  std::unique_ptr<space::SearchSpace> space_ = std::make_unique<CellsByName>();
  std::vector<Losses> validation_, test_, front_;
  Losses reference_;
  double volume_ = 0, test_volume_ = 0;
  std::unique_ptr<Candidates> candidates_;
};

}  // namespace nasnet::search
