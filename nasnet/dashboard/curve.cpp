#include "nasnet/dashboard/curve.h"

#include <algorithm>
#include <utility>

#include "nasnet/base/check.h"

namespace nasnet::dashboard {
namespace {

void add(Bucket& bucket, int64_t trial, double x, double reward) {
  const bool first = bucket.trials == 0;
  if (first || reward > bucket.greatest) {
    bucket.greatest = reward;
    bucket.best = trial;
  }
  bucket.least = first ? reward : std::min(bucket.least, reward);
  ++bucket.trials;
  bucket.mean += (reward - bucket.mean) / static_cast<double>(bucket.trials);
  bucket.x = x;
}

/// Of the finished trials, whose places and x are given.
void add_moving_means(Curve& curve, const ArmColumns& columns, const search::Objective& objective,
                      const std::vector<std::pair<size_t, double>>& finished) {
  constexpr int64_t kLeast = 10, kMost = 1000, kParts = 20;
  const int64_t size = std::ssize(finished);
  curve.window = std::clamp(size / kParts, kLeast, kMost);
  if (size < curve.window) return;
  const int64_t step = std::max<int64_t>(1, (size - curve.window) / (kMovingMeans - 1) + 1);
  std::vector<search::Counted> rewards;
  // From the last trials backwards, so that a study that grows always shows them.
  for (int64_t end = size; end >= curve.window; end -= step) {
    rewards.clear();
    double done = 0, repeats = 0;
    for (int64_t k = end - curve.window; k < end; ++k) {
      const size_t i = finished[static_cast<size_t>(k)].first;
      if (columns.state[i] != search::TrialState::kDone) continue;
      done += 1;
      repeats += columns.repeats[i];
      if (objective.admits(columns.reward[i]))
        rewards.push_back({columns.reward[i], columns.repeats[i] != 0});
    }
    curve.moving.push_back({finished[static_cast<size_t>(end - 1)].second, search::mean_of(rewards),
                            done > 0 ? repeats / done : 0,
                            1 - done / static_cast<double>(curve.window)});
  }
  std::ranges::reverse(curve.moving);
}

}  // namespace

Curve draw_curve(const ArmColumns& columns, const search::Objective& objective, int64_t asked,
                 Along along, int64_t most) {
  NASNET_CHECK(most > 0, "a curve has points");
  Curve curve;
  const auto count = static_cast<size_t>(std::clamp<int64_t>(asked, 0, columns.size()));
  const auto begin = columns.state.begin();
  const int64_t done =
      std::count(begin, begin + static_cast<std::ptrdiff_t>(count), search::TrialState::kDone);
  const int64_t in_bucket = std::max<int64_t>(1, (done + most - 1) / most);
  double spent = 0, clock = 0;
  Bucket bucket;
  std::vector<std::pair<size_t, double>> finished;
  for (size_t i = 0; i < count; ++i) {
    spent += columns.core_seconds[i] / 3600;
    const auto trial = static_cast<int64_t>(i);
    clock = std::max(clock, columns.finished[i]);
    const double x = along == Along::kTrials      ? static_cast<double>(trial + 1)
                     : along == Along::kCoreHours ? spent
                                                  : clock;
    if (along == Along::kTime && clock == 0) continue;  // of an older program
    const search::TrialState state = columns.state[i];
    if (state != search::TrialState::kDone && state != search::TrialState::kFailed) continue;
    curve.end = x;
    finished.emplace_back(i, x);
    if (state == search::TrialState::kFailed) continue;
    const double reward = columns.reward[i];
    if (objective.admits(reward) &&
        (curve.improvements.empty() || reward > curve.improvements.back().reward))
      curve.improvements.push_back({trial, x, reward});
    add(bucket, trial, x, reward);
    if (bucket.trials < in_bucket) continue;
    curve.buckets.push_back(bucket);
    bucket = {};
  }
  if (bucket.trials > 0) curve.buckets.push_back(bucket);
  add_moving_means(curve, columns, objective, finished);
  return curve;
}

}  // namespace nasnet::dashboard
