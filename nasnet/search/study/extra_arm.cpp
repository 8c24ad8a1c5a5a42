#include "nasnet/search/study/extra_arm.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "nasnet/base/error.h"

namespace nasnet::search {

ExtraArm::ExtraArm(const std::string& name, Store& store, const LeaseSettings& lease)
    : store_(store), record_(store.arm(name)), awaited_(store, name, lease) {
  awaited_.open(0, record_.proposed);
  if (awaited_.end() != record_.proposed)
    throw InputError(
        fmt::format("study {} is damaged: trials of its {} arm are missing", store.name(), name));
  // They are held back while only a yardstick is trained.
  store.ask_for(name, 0, record_.proposed);
}

void ExtraArm::want(const std::vector<space::Choices>& candidates, int copies, int64_t epochs) {
  std::map<space::Choices, int> there;
  for (const Trial& trial : awaited_.trials())
    if (trial.epochs == epochs) ++there[trial.choices];
  std::vector<Trial> proposed;
  for (const space::Choices& choices : candidates) {
    for (int& have = there[choices]; have < copies; ++have) {
      Trial trial;
      trial.arm = record_.arm;
      trial.number = record_.proposed + static_cast<int64_t>(proposed.size());
      trial.choices = choices;
      trial.epochs = epochs;
      proposed.push_back(std::move(trial));
    }
  }
  if (proposed.empty()) return;
  ArmRecord next = record_;
  next.proposed += static_cast<int64_t>(proposed.size());
  store_.advance({record_, next, {}, proposed});
  record_ = std::move(next);
  awaited_.append(proposed);
}

int64_t ExtraArm::finished() const {
  return std::count_if(awaited_.trials().begin(), awaited_.trials().end(),
                       [](const Trial& trial) { return trial.finished(); });
}

int64_t ExtraArm::failed() const {
  return std::count_if(awaited_.trials().begin(), awaited_.trials().end(),
                       [](const Trial& trial) { return trial.state == TrialState::kFailed; });
}

Cost ExtraArm::cost() const {
  Cost cost;
  for (const Trial& trial : awaited_.trials()) cost += trial.cost;
  return cost;
}

}  // namespace nasnet::search
