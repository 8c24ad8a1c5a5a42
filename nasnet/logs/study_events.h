#pragma once

#include <array>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/logs/event_log.h"
#include "nasnet/search/study/study.h"

namespace nasnet::logs {

/// A trial's points: the step of all is its number.
struct TrialPoints {
  std::vector<Point> points;
  std::optional<space::Choices> best;  ///< of one that is better than all before it
  int64_t number = 0;
};

/// The curves of an arm, in trial order: "reward" of trials that are done, "best" so far within the
/// limits, "moving_mean" of the last 50 rewards, "core_hours" spent and "failed" so far.
class ArmCurves {
 public:
  explicit ArmCurves(std::string arm) : arm_(std::move(arm)) {}
  const std::string& arm() const { return arm_; }
  /// The trial that is read next.
  int64_t next() const { return next_; }

  /// Those of trials that were not told of: up to the first that is not finished, or with `past`
  /// of all that are finished behind it, too. At most `most`.
  std::vector<TrialPoints> read(search::Store& store, const search::StudySpec& spec, bool past,
                                int64_t most);

 private:
  std::string arm_;
  int64_t next_ = 0;
  std::optional<double> best_;
  std::deque<double> last_;
  double core_seconds_ = 0;
  int64_t failed_ = 0;
};

/// "policy_entropy" of the search's strategy, at the policies that the store keeps: a share of the
/// most that there could be. The step is the number of trials proposed before.
class PolicyCurve {
 public:
  /// Those that were not told of.
  std::vector<Point> read(search::Store& store);

 private:
  int64_t told_ = -1;
};

/// Writes what is finished of a study to event files, as StudyEvents does while it is searched.
/// Throws SystemError where they cannot be written.
void write_study_events(search::Store& store, const search::StudySpec& spec,
                        const std::filesystem::path& folder, const std::string& identity);

/// A study as event files while it is searched: its arms in DIR/search and DIR/random, so that one
/// chart shows both. Beside the curves each best cell as a picture, and the policy's entropy.
class StudyEvents {
 public:
  /// `identity`: where the study lies.
  StudyEvents(const search::StudySpec& spec, const std::filesystem::path& folder,
              const std::string& identity);

  /// Looks for what is new; cheap where nothing is. `past`: see ArmCurves.
  void look(search::Store& store, bool past = false);

 private:
  const search::StudySpec& spec_;
  std::vector<ArmCurves> arms_;
  PolicyCurve policy_;
  int64_t next_look_ = 0;  // at the policies: the trial of the search
  EventLog log_;
};

}  // namespace nasnet::logs
