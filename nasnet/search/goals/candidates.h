#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/search/goals/counter.h"
#include "nasnet/search/goals/goal.h"
#include "nasnet/search/goals/hard_limit.h"
#include "nasnet/search/goals/lessons.h"
#include "nasnet/search/goals/screen.h"

namespace nasnet::search {

/// The candidates that a study may propose, and all that is known of them beforehand: those of a
/// space, within hard limits, and their losses in goals that can be counted.
class Candidates {
 public:
  /// All of the space, which must outlive this; nothing is known of them.
  Candidates(const space::SearchSpace& space) : space_(&space) {}  // NOLINT: a space is enough
  /// `counter` may be null where there are no limits. The reference is as Goals::reference() has
  /// it, empty without goals. Throws InputError for a limit on a quantity that cannot be counted.
  Candidates(const space::SearchSpace& space, Goals goals, Losses reference,
             std::vector<HardLimit> limits, std::shared_ptr<const Counter> counter);

  /// Screened candidates are drawn several at a time, see pick(). Throws InputError for a term that
  /// cannot be counted.
  void set_screen(Screen screen);
  const Screen& screen() const { return screen_; }

  /// Quantities that models of candidates read beside the choices. Throws InputError for one that
  /// cannot be counted.
  void set_columns(std::vector<std::string> columns);
  const std::vector<std::string>& columns() const { return columns_; }
  /// Their values; NaN for a quantity that the candidate has not, or that is not finite.
  std::vector<float> column_values(const space::Choices& choices) const;

  /// Studies of the same space whose trials are known from the start.
  void set_earlier(std::vector<EarlierStudy> earlier);
  const std::vector<EarlierStudy>& earlier() const { return *earlier_; }

  const space::SearchSpace& space() const { return *space_; }
  const Goals& goals() const { return goals_; }
  const Losses& reference() const { return reference_; }
  const std::vector<HardLimit>& limits() const { return limits_; }
  bool is_limited() const { return !limits_.empty(); }

  /// The space's canonical() text, with the quantities by which goals and limits tell candidates
  /// apart that compute the same: of two cells the one that carries nothing idle is better.
  std::string form(const space::Choices& choices) const;
  bool admits(const space::Choices& choices) const;
  /// Of candidates that were drawn for one evaluation the one to evaluate.
  space::Choices pick(std::vector<space::Choices> drawn) const;
  /// Goal by goal its loss, where that can be counted.
  std::vector<std::optional<double>> known_losses(const space::Choices& choices) const;
  /// The goals whose losses only an evaluation shows.
  std::vector<size_t> unknown_goals() const;

 private:
  bool counts(const std::string& name) const;

  const space::SearchSpace* space_;
  Goals goals_;
  Losses reference_;
  std::vector<HardLimit> limits_;
  std::shared_ptr<const Counter> counter_;
  std::vector<std::string> quantities_;
  Screen screen_;
  std::vector<std::string> columns_;
  std::shared_ptr<const std::vector<EarlierStudy>> earlier_ =
      std::make_shared<std::vector<EarlierStudy>>();
  std::vector<std::string> limited_, asked_;  // those of limits; and of goals
};

}  // namespace nasnet::search
