#include "nasnet/dashboard/arm_front.h"

#include <algorithm>
#include <cmath>

namespace nasnet::dashboard {

void ArmFront::judge(Judged& judged, size_t end, const ArmColumns& columns,
                     const ArmTable& table) const {
  const search::Goals& goals = objective_->goals();
  std::vector<const std::vector<double>*> values;
  for (const search::Goal& goal : goals) {
    const auto found = table.measurements.find(goal.measurement);
    if (found == table.measurements.end()) return;  // no trial is done
    values.push_back(&found->second);
  }
  search::Losses losses(goals.size());
  for (; judged.trials < end; ++judged.trials) {
    const size_t i = judged.trials;
    if (table.done[i] == 0 || columns.repeats[i] != 0 || !objective_->admits(columns.reward[i]))
      continue;
    for (size_t k = 0; k < losses.size(); ++k) losses[k] = goals[k].loss((*values[k])[i]);
    if (!std::ranges::all_of(losses, [](double loss) { return std::isfinite(loss); })) continue;
    const auto number = static_cast<int64_t>(i);
    if (judged.volume.add(losses, number) > 0)
      judged.steps.push_back({number, judged.volume.volume()});
  }
}

void ArmFront::refresh(const ArmColumns& columns, const ArmTable& table, int64_t asked) {
  const auto end = static_cast<size_t>(std::min(asked, table.size()));
  const size_t settled = std::min(end, static_cast<size_t>(columns.settled));
  // A failed trial that is tried again may be done the next time.
  if (seen_.size() > settled || !std::equal(seen_.begin(), seen_.end(), table.done.begin())) {
    settled_ = Judged(objective_->reference());
    seen_.clear();
  }
  judge(settled_, settled, columns, table);
  seen_.assign(table.done.begin(),
               table.done.begin() + static_cast<std::ptrdiff_t>(settled_.trials));
  shown_ = settled_;
  judge(shown_, end, columns, table);
  end_ = 0;
  for (size_t i = end; i > 0 && end_ == 0; --i)
    if (columns.state[i - 1] == search::TrialState::kDone ||
        columns.state[i - 1] == search::TrialState::kFailed)
      end_ = static_cast<int64_t>(i);
}

std::vector<search::Front::Member> ArmFront::members() const {
  std::vector<search::Front::Member> members = shown_.volume.front().members();
  std::ranges::stable_sort(members, {}, [](const search::Front::Member& one) {
    return std::pair(one.losses[0], one.losses.back());
  });
  return members;
}

std::vector<ArmFront::Step> ArmFront::history(size_t most) const {
  const std::vector<Step>& all = shown_.steps;
  if (all.size() <= most) return all;
  std::vector<Step> some;
  for (size_t k = 0; k + 1 < most; ++k) some.push_back(all[k * (all.size() - 1) / (most - 1)]);
  some.push_back(all.back());
  return some;
}

}  // namespace nasnet::dashboard
