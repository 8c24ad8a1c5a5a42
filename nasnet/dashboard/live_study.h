#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/dashboard/arm_front.h"
#include "nasnet/dashboard/arm_json.h"
#include "nasnet/dashboard/arm_table.h"
#include "nasnet/dashboard/choice_effects.h"
#include "nasnet/dashboard/curve.h"
#include "nasnet/report/compare_studies.h"
#include "nasnet/search/study/read_study.h"
#include "nasnet/search/study/stored_study.h"

namespace nasnet::dashboard {

/// A question for points of trials, of all arms that a study shows.
struct PointsQuery {
  std::vector<std::string> columns;  ///< by name, in the order of the answer; at least one
  std::string where;                 ///< see parse_ranges(); "" for all
  size_t most = 1000;                ///< of an arm
};

/// A study that others drive, looked at again and again: opened for reading only, never migrated.
/// A study that is out of reach or damaged stays, with its problem in words, and is tried again at
/// the next look. Thread-safe.
///
/// Objects are those of the API (docs/dashboard.md): rewards as they are, costs in seconds.
class LiveStudy {
 public:
  /// `store`: postgresql://..., or "" for a file; `id` names it in addresses.
  LiveStudy(std::string id, std::string store, std::string study);

  const std::string& id() const { return id_; }

  /// Looks at the study; true if there is anything new to show.
  bool refresh();
  /// Grows with everything new.
  int64_t revision() const;

  /// The line of a list: state, progress, the best.
  nlohmann::ordered_json overview();
  /// All but its trials.
  nlohmann::ordered_json detail();
  /// Both arms along `along`, in at most `most` points each.
  nlohmann::ordered_json curve(Along along, int64_t most);
  /// The best trials of an arm within the limits.
  nlohmann::ordered_json best(const std::string& arm, int64_t count);
  /// Trials [first, first + count) of an arm.
  nlohmann::ordered_json trials(const std::string& arm, int64_t first, int64_t count);
  /// One trial of an arm. Throws InputError where there is none.
  nlohmann::ordered_json trial(const std::string& arm, int64_t number);
  /// The cells of a trial as SVG; parts that another trial's cells do not have are marked, where
  /// one is given. Throws InputError where there are none.
  std::string cell_svg(const std::string& arm, int64_t number,
                       const std::optional<std::pair<std::string, int64_t>>& against = {});
  /// Of a study with several goals the front of each arm, and its hypervolume trial by trial in at
  /// most so many steps. Throws InputError for another one.
  nlohmann::ordered_json front(int64_t most);
  /// Trials as points, thinned (thin_points.h), with Pareto's front: that of the study's goals
  /// where the first two columns are such, else of those two.
  nlohmann::ordered_json points(const PointsQuery& query);
  /// How often each choice was made over time, in at most so many windows.
  nlohmann::ordered_json shares(int64_t windows);
  /// The effect of each choice on an arm's reward.
  nlohmann::ordered_json effects(const std::string& arm, EffectsBy by);
  /// The policy that proposed the latest generation before which the arm had at most so many trials
  /// (of none given, the latest of all), and the entropies of all.
  nlohmann::ordered_json policy(std::optional<int64_t> trials);
  /// As one of several studies: its line, its curve, and all that is compared.
  std::pair<nlohmann::ordered_json, report::ComparedStudy> compared(Along along, int64_t most);

 private:
  using Clock = std::chrono::steady_clock;

  /// A study that could be opened.
  struct Open {
    std::unique_ptr<search::Store> store;
    nlohmann::json stored;  ///< the settings that the next three were made of
    search::StoredStudy study;
    std::shared_ptr<const space::SearchSpace> space;
    std::optional<search::StudySpec> spec;
    AllArms arms;                    ///< in the order of kArms
    std::array<ArmTable, 2> tables;  ///< of the first two, as far as somebody has asked for them
    std::vector<ArmFront> fronts;    ///< of the same arms, where the study has several goals
    search::DriverRecord driver;
  };

  void open();
  bool read_settings();
  bool look();
  bool is_silent() const;
  Open& demand_open();
  const ArmColumns& arm(const Open& open, const std::string& name) const;
  int64_t listed(const Open& open, const std::string& name) const;
  search::Trial read_trial(const std::string& arm, int64_t number);
  /// The search's, and that of its random baseline where it has one.
  std::vector<const ArmColumns*> shown_arms(const Open& open) const;
  /// The table of one of those arms, as new as its columns. Throws InputError for another arm.
  const ArmTable& table(Open& open, const std::string& arm);
  nlohmann::ordered_json head() const;
  nlohmann::ordered_json describe(const Open& open) const;
  nlohmann::ordered_json overview_json(Open& open) const;
  nlohmann::ordered_json arm_json(Open& open, const ArmColumns& columns);
  nlohmann::ordered_json curves_json(Open& open, Along along, int64_t most) const;

  const std::string id_, store_, name_;
  mutable std::mutex mutex_;
  std::unique_ptr<Open> open_;
  std::string problem_ = "not looked at yet";
  int64_t revision_ = 0;
  Clock::time_point beaten_ = {};  // when the driver's beat was last seen to have grown
  bool was_silent_ = false;
};

}  // namespace nasnet::dashboard
