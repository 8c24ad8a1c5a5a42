#pragma once

#include <vector>

#include "nasnet/dashboard/arm_table.h"
#include "nasnet/search/goals/hypervolume.h"
#include "nasnet/search/goals/objective.h"

namespace nasnet::dashboard {

/// The front of an arm of a study with several goals and its hypervolume, trial by trial, as
/// search::find_fronts() and search::volume_history() have them. Kept from one look to the next:
/// trials that have settled are judged once.
class ArmFront {
 public:
  explicit ArmFront(const search::Objective& objective)
      : objective_(&objective), settled_(objective.reference()), shown_(objective.reference()) {}

  struct Step {
    int64_t trial = 0;
    double hypervolume = 0;
  };

  /// Judges what is new of the first `asked` trials. The objective must still live.
  void refresh(const ArmColumns& columns, const ArmTable& table, int64_t asked);

  double hypervolume() const { return shown_.volume.volume(); }
  /// The best by the first goal first.
  std::vector<search::Front::Member> members() const;
  /// At most so many, in trial order: the first and the last always.
  std::vector<Step> history(size_t most) const;
  /// The number of trials up to the last that is finished.
  int64_t end() const { return end_; }

 private:
  struct Judged {
    explicit Judged(search::Losses reference) : volume(std::move(reference)) {}
    search::FrontVolume volume;
    std::vector<Step> steps;
    size_t trials = 0;  ///< so many have been judged
  };

  void judge(Judged& judged, size_t end, const ArmColumns& columns, const ArmTable& table) const;

  const search::Objective* objective_;
  Judged settled_, shown_;
  std::vector<uint8_t> seen_;  // of the settled ones: 1 where it was done
  int64_t end_ = 0;
};

}  // namespace nasnet::dashboard
