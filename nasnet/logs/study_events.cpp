#include "nasnet/logs/study_events.h"

#include <algorithm>

#include "nasnet/base/error.h"
#include "nasnet/space/draw.h"

namespace nasnet::logs {
namespace {

using search::TrialState;

constexpr size_t kMeanOf = 50;     // rewards
constexpr int64_t kAtOnce = 2000;  // trials
constexpr const char* kEntropy = "policy_entropy";

std::vector<std::filesystem::path> folders_of(const search::StudySpec& spec,
                                              const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> folders = {folder / "search"};
  if (search::has_baseline(spec.settings)) folders.push_back(folder / "random");
  return folders;
}

/// The cells as a picture, or in words where Graphviz cannot draw.
void add_cells(EventFile& file, int64_t step, const space::Genotype& genotype) {
  try {
    file.add_image("best_cells", step, space::draw_png(genotype));
  } catch (const SystemError&) {
    file.add_text("best_cells", step, "```\n" + space::draw_terminal(genotype) + "```\n");
  }
}

/// Adds these trials to a file.
std::function<void(EventFile&)> events_of(const search::StudySpec& spec,
                                          const std::vector<TrialPoints>& trials) {
  std::vector<std::pair<int64_t, space::Genotype>> cells;
  std::vector<Point> points;
  for (const TrialPoints& trial : trials) {
    points.insert(points.end(), trial.points.begin(), trial.points.end());
    if (!trial.best) continue;
    if (auto genotype = spec.space.genotype(*trial.best))
      cells.emplace_back(trial.number, std::move(*genotype));
  }
  return [points = std::move(points), cells = std::move(cells)](EventFile& file) {
    for (const Point& point : points) file.add(point);
    for (const auto& [step, genotype] : cells) add_cells(file, step, genotype);
  };
}

std::vector<ArmCurves> curves_of(const search::StudySpec& spec) {
  std::vector<ArmCurves> arms;
  arms.emplace_back(search::kSearchArm);
  if (search::has_baseline(spec.settings)) arms.emplace_back(search::kBaselineArm);
  return arms;
}

}  // namespace

std::vector<TrialPoints> ArmCurves::read(search::Store& store, const search::StudySpec& spec,
                                         bool past, int64_t most) {
  const int64_t end = std::min(next_ + most, search::asked_trials(spec.settings));
  std::vector<TrialPoints> found;
  if (next_ >= end) return found;
  for (const search::TrialOutcome& trial : store.outcomes(arm_, next_, end - next_)) {
    const bool done = trial.state == TrialState::kDone;
    if (!done && trial.state != TrialState::kFailed) {
      if (!past) break;
      ++next_;
      continue;
    }
    TrialPoints one{.number = next_++};
    const auto add = [&](const char* tag, double value) {
      one.points.push_back({tag, one.number, value, trial.finished});
    };
    core_seconds_ += trial.core_seconds;
    if (done) {
      add("reward", trial.reward);
      last_.push_back(trial.reward);
      if (last_.size() > kMeanOf) last_.pop_front();
      double sum = 0;
      for (const double reward : last_) sum += reward;
      add("moving_mean", sum / static_cast<double>(last_.size()));
      if (spec.objective.admits(trial.reward) && (!best_ || trial.reward > *best_)) {
        best_ = trial.reward;
        one.best = store.trials(arm_, one.number, one.number + 1).at(0).choices;
      }
    } else {
      ++failed_;
    }
    if (best_) add("best", *best_);
    add("core_hours", core_seconds_ / 3600);
    add("failed", static_cast<double>(failed_));
    found.push_back(std::move(one));
  }
  return found;
}

std::vector<Point> PolicyCurve::read(search::Store& store) {
  std::vector<Point> points;
  for (const search::PolicyRecord& policy : store.policies(search::kSearchArm)) {
    if (policy.trials <= told_) continue;
    told_ = policy.trials;
    points.push_back({kEntropy, policy.trials, policy.entropy});
  }
  return points;
}

void write_study_events(search::Store& store, const search::StudySpec& spec,
                        const std::filesystem::path& folder, const std::string& identity) {
  const auto folders = folders_of(spec, folder);
  std::vector<ArmCurves> arms = curves_of(spec);
  for (size_t i = 0; i < arms.size(); ++i) {
    EventFile file(folders[i], identity);
    for (int64_t before = -1; before < arms[i].next();) {
      before = arms[i].next();
      events_of(spec, arms[i].read(store, spec, true, kAtOnce))(file);
    }
    if (i == 0)
      for (const Point& point : PolicyCurve().read(store)) file.add(point);
    file.publish();
  }
}

StudyEvents::StudyEvents(const search::StudySpec& spec, const std::filesystem::path& folder,
                         const std::string& identity)
    : spec_(spec), arms_(curves_of(spec)), log_(folders_of(spec, folder), identity) {}

void StudyEvents::look(search::Store& store, bool past) {
  for (size_t i = 0; i < arms_.size(); ++i)
    for (bool more = true; more;) {
      const int64_t before = arms_[i].next();
      const auto trials = arms_[i].read(store, spec_, past, kAtOnce);
      more = arms_[i].next() - before == kAtOnce;
      if (!trials.empty()) log_.post(i, events_of(spec_, trials));
    }
  // There is a new one a generation at most.
  if (past || arms_[0].next() >= next_look_) {
    next_look_ = arms_[0].next() + spec_.settings.generation;
    log_.post(0, [points = policy_.read(store)](EventFile& file) {
      for (const Point& point : points) file.add(point);
    });
  }
  log_.begin();
}

}  // namespace nasnet::logs
