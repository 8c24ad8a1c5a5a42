#include "nasnet/search/study/earlier_studies.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "nasnet/base/error.h"
#include "nasnet/base/names.h"
#include "nasnet/search/strategies/predictor.h"
#include "nasnet/search/study/stored_study.h"

namespace nasnet::search {
namespace {

using nlohmann::json;

constexpr const char* kNote = "earlier studies";
constexpr size_t kMostLessons = 2000, kFewestJudged = 10;

/// Equal in all that a candidate's choices mean.
bool are_same(const space::SearchSpace& a, const space::SearchSpace& b) {
  if (a.name() != b.name() || a.decisions().size() != b.decisions().size()) return false;
  for (size_t i = 0; i < a.decisions().size(); ++i) {
    if (a.decisions()[i].choices != b.decisions()[i].choices) return false;
    for (int choice = 0; choice < a.decisions()[i].choices; ++choice)
      if (a.choice_name(i, choice) != b.choice_name(i, choice)) return false;
  }
  return true;
}

/// A file, or where there is none of this name, a study in the store.
std::unique_ptr<Store> open_earlier(const SearchSettings& settings, const std::string& name) {
  const bool is_file = settings.store.empty() || std::filesystem::exists(name);
  return open_store(is_file ? "" : settings.store, name, OpenMode::kRead);
}

/// Of both arms the best trials that were evaluated to an end, and the latest: of a long study not
/// all are read.
std::vector<Trial> telling_trials_of(Store& store) {
  std::vector<Trial> found;
  for (const char* arm : {kSearchArm, kBaselineArm}) {
    std::map<int64_t, Trial> trials;
    for (Trial& trial : store.best(arm, kMostLessons)) trials.emplace(trial.number, trial);
    for (Trial& trial : store.latest_done(arm, kMostLessons))
      if (trial.repeats < 0) trials.emplace(trial.number, trial);
    for (auto& [number, trial] : trials) found.push_back(std::move(trial));
  }
  return found;
}

class Reader {
 public:
  Reader(const SearchSettings& settings, const StudySpec& spec)
      : settings_(settings),
        spec_(spec),
        objective_(settings.study.objective),
        candidates_(candidates_of(spec, false)) {}

  EarlierStudy read(const std::string& name, size_t most) const try {
    const auto store = open_earlier(settings_, name);
    const StoredStudy stored = read_stored_study(*store);
    if (!are_same(*make_space(stored.settings), spec_.space))
      throw InputError(
          fmt::format("its candidates are of another space than those of this study ({}); learn "
                      "from studies with the same --space, --blocks, --operations and --combines",
                      spec_.space.name()));
    EarlierStudy study{name, {}};
    for (const Trial& trial : telling_trials_of(*store))
      if (const auto lesson = learn(trial)) study.lessons.push_back(*lesson);
    if (study.lessons.empty()) throw InputError("it has no finished trial to learn from");
    forget_some(study.lessons, most);
    return study;
  } catch (const InputError& error) {
    throw InputError(fmt::format("--learn-from {}: {}", printable(name), error.what()));
  }

 private:
  /// None for a trial with a measurement that is no number, of which nobody learns.
  std::optional<Lesson> learn(const Trial& trial) const try {
    Lesson lesson{trial.choices, objective_.reward(trial.measurements), {}};
    const auto counted = candidates_.known_losses(trial.choices);
    for (size_t i = 0; i < counted.size(); ++i) {
      const Goal& goal = candidates_.goals()[i];
      lesson.losses.push_back(
          counted[i] ? *counted[i]
                     : goal.loss(measured(trial.measurements, goal.measurement, "--goal")));
    }
    return lesson;
  } catch (const NotANumber&) {
    return std::nullopt;
  }

  const SearchSettings& settings_;
  const StudySpec& spec_;
  Objective objective_;  // without the limits, which candidates keep anyway
  Candidates candidates_;
};

bool learns_from_others(StrategyKind kind) {
  return kind == StrategyKind::kBananas;
}

}  // namespace

std::vector<EarlierStudy> read_earlier_studies(const SearchSettings& settings,
                                               const StudySpec& spec) {
  const std::vector<std::string>& names = settings.study.learn_from;
  if (names.empty()) return {};
  if (!learns_from_others(settings.study.strategy))
    throw InputError(
        fmt::format("--learn-from: {} learns from its own trials alone; add --strategy bananas",
                    to_text(settings.study.strategy)));
  if (!settings.store.empty() || std::filesystem::exists(settings.study_file)) {
    // A study that is not there yet keeps none.
    try {
      const auto store = open_store(settings.store, settings.study_file, OpenMode::kRead);
      if (auto kept = kept_earlier_studies(*store); !kept.empty()) return kept;
    } catch (const InputError&) {
    }
  }
  std::set<std::string> known;
  std::vector<EarlierStudy> earlier;
  const Reader reader(settings, spec);
  for (const std::string& name : names) {
    if (name.empty()) throw InputError("--learn-from: a study's name is empty");
    if (!known.insert(name).second)
      throw InputError(fmt::format("--learn-from {}: it is given twice", printable(name)));
    earlier.push_back(reader.read(name, kMostLessons / names.size()));
  }
  return earlier;
}

void keep_earlier_studies(Store& store, const std::vector<EarlierStudy>& earlier) {
  if (earlier.empty()) return;
  json kept = json::array();
  for (const EarlierStudy& study : earlier) {
    json lessons = json::array();
    for (const Lesson& lesson : study.lessons)
      lessons.push_back({lesson.choices, lesson.reward, lesson.losses});
    kept.push_back({{"name", study.name}, {"lessons", std::move(lessons)}});
  }
  store.agree(kNote, kept.dump(-1, ' ', false, json::error_handler_t::replace));
}

EarlierFindings find_earlier(const space::SearchSpace& space, const StudySettings& settings,
                             const StudyResult& result) {
  EarlierFindings found;
  found.of_baseline = !result.baseline.empty();
  std::vector<const space::Choices*> candidates;
  std::vector<double> rewards;
  for (const Trial& trial : found.of_baseline ? result.baseline : result.search) {
    if (trial.state != TrialState::kDone || trial.repeats >= 0) continue;
    candidates.push_back(&trial.choices);
    rewards.push_back(trial.reward);
  }
  if (result.earlier.empty() || rewards.size() < kFewestJudged) return {};
  found.candidates = std::ssize(rewards);
  for (const EarlierStudy& study : result.earlier) {
    const RewardModel model(space, study.lessons, settings.strategies.bananas.trees);
    found.studies.push_back({study.name, std::ssize(study.lessons),
                             bootstrap_kendall(model.rank(candidates), rewards)});
  }
  return found;
}

std::vector<EarlierStudy> kept_earlier_studies(Store& store) {
  const std::string text = store.note(kNote);
  std::vector<EarlierStudy> earlier;
  if (text.empty()) return earlier;
  try {
    for (const json& study : json::parse(text)) {
      EarlierStudy& one = earlier.emplace_back(EarlierStudy{study.at("name"), {}});
      for (const json& lesson : study.at("lessons"))
        one.lessons.push_back({lesson.at(0), lesson.at(1), lesson.at(2)});
    }
  } catch (const json::exception& error) {
    throw InputError(
        fmt::format("study {} is damaged: its earlier studies: {}", store.name(), error.what()));
  }
  return earlier;
}

}  // namespace nasnet::search
