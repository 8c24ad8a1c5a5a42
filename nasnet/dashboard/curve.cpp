#include "nasnet/dashboard/curve.h"

#include <algorithm>

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

}  // namespace

Curve draw_curve(const ArmColumns& columns, const search::Objective& objective, int64_t asked,
                 Along along, int64_t most) {
  NASNET_CHECK(most > 0, "a curve has points");
  Curve curve;
  const auto count = static_cast<size_t>(std::clamp<int64_t>(asked, 0, columns.size()));
  const auto begin = columns.state.begin();
  const int64_t done =
      std::count(begin, begin + static_cast<ptrdiff_t>(count), search::TrialState::kDone);
  const int64_t in_bucket = std::max<int64_t>(1, (done + most - 1) / most);
  double spent = 0;
  Bucket bucket;
  for (size_t i = 0; i < count; ++i) {
    spent += columns.core_seconds[i] / 3600;
    const auto trial = static_cast<int64_t>(i);
    const double x = along == Along::kTrials ? static_cast<double>(trial + 1) : spent;
    if (columns.state[i] == search::TrialState::kFailed) curve.end = x;
    if (columns.state[i] != search::TrialState::kDone) continue;
    curve.end = x;
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
  return curve;
}

}  // namespace nasnet::dashboard
