#include "nasnet/dashboard/workers_json.h"

#include <algorithm>
#include <map>

namespace nasnet::dashboard {
namespace {

using nlohmann::ordered_json;

struct WorkOfOwner {
  int64_t in_work = 0, finished = 0;
  double core_seconds = 0, first = 0;
};

/// The first trial of the arm that has ended since; its size for none.
int64_t first_since(const ArmColumns& arm, double since) {
  const auto found = std::ranges::find_if(arm.finished, [&](double end) { return end >= since; });
  return found - arm.finished.begin();
}

}  // namespace

ordered_json workers_json(search::Store& store, std::span<const ArmColumns> arms) {
  double now = 0;
  for (const ArmColumns& arm : arms)
    for (const double end : arm.finished) now = std::max(now, end);
  std::map<std::string, WorkOfOwner> owners;
  for (const search::OwnerAtWork& one : store.at_work())
    owners[to_text(one.owner)].in_work = one.trials;
  for (const ArmColumns& arm : arms) {
    const int64_t first = first_since(arm, now - kRecent);
    if (first == arm.size()) continue;
    for (const search::OwnersWork& one : store.finished_since(arm.arm, first, now - kRecent)) {
      WorkOfOwner& all = owners[to_text(one.owner)];
      all.first = all.finished == 0 ? one.first : std::min(all.first, one.first);
      all.finished += one.trials;
      all.core_seconds += one.core_seconds;
    }
  }
  ordered_json list = ordered_json::array();
  for (const auto& [owner, work] : owners) {
    ordered_json one = {{"owner", owner},
                        {"trials", work.in_work},
                        {"trials_per_hour", nullptr},
                        {"cores_busy", nullptr}};
    // The first one only tells when the time of the others began.
    const double seconds = now - work.first;
    if (work.finished > 1 && seconds > 0) {
      const auto others = static_cast<double>(work.finished - 1);
      one["trials_per_hour"] = 3600 * others / seconds;
      one["cores_busy"] = work.core_seconds * others / static_cast<double>(work.finished) / seconds;
    }
    list.push_back(std::move(one));
  }
  return list;
}

}  // namespace nasnet::dashboard
