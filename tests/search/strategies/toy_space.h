#pragma once

#include "nasnet/base/random.h"
#include "nasnet/search/evaluators/evaluator.h"

namespace nasnet::search {

/// A space shaped like the paper's: five decisions a block, the inputs' cardinality growing.
class ToySpace : public space::SearchSpace {
 public:
  explicit ToySpace(int blocks = 5, int operations = 13) {
    for (const char* cell : {"normal", "reduction"}) {
      for (int b = 0; b < blocks; ++b) {
        const std::string where = cell + std::string(".") + std::to_string(b) + ".";
        decisions_.push_back({where + "left", 0, b + 2});
        decisions_.push_back({where + "right", 1, b + 2});
        decisions_.push_back({where + "left_op", 2, operations});
        decisions_.push_back({where + "right_op", 3, operations});
        decisions_.push_back({where + "combine", 4, 2});
      }
    }
  }
  std::string name() const override { return "toy"; }
  const std::vector<space::Decision>& decisions() const override { return decisions_; }

 private:
  std::vector<space::Decision> decisions_;
};

/// A reward with a known best: each decision has a right choice of its own and a weight; the reward
/// is the weight of the right ones, 1 at best.
inline double toy_reward(const space::SearchSpace& space, const space::Choices& choices) {
  double sum = 0, total = 0;
  for (size_t i = 0; i < choices.size(); ++i) {
    const double weight = 1.0 + static_cast<double>(i % 3);
    Random random(1, i, "toy best");
    const auto best = random.below(static_cast<uint32_t>(space.decisions()[i].choices));
    total += weight;
    if (static_cast<uint32_t>(choices[i]) == best) sum += weight;
  }
  return sum / total;
}

class ToyEvaluator : public Evaluator {
 public:
  explicit ToyEvaluator(const space::SearchSpace& space) : space_(space) {}
  Measurements evaluate(const Task& task, const std::function<void(int64_t)>& progress) override {
    progress(1);
    Random random(task.seed, static_cast<uint64_t>(task.number), "toy noise " + task.arm);
    // More epochs make a candidate better, and some more than others.
    const auto epochs = static_cast<double>(task.epochs > 0 ? task.epochs : 100);
    Random growth(2, static_cast<uint64_t>(task.choices.at(0)), "toy growth");
    return {{kAccuracy, toy_reward(space_, task.choices) + 0.001 * random.uniform() -
                            0.2 * growth.uniform() / epochs},
            {"images", 1.0 / 3}};
  }

 private:
  const space::SearchSpace& space_;
};

}  // namespace nasnet::search
