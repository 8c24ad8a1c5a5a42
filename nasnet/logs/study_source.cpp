#include "nasnet/logs/study_source.h"

#include <algorithm>
#include <filesystem>

#include "nasnet/search/study/read_study.h"

namespace nasnet::logs {
namespace {

constexpr int64_t kPage = 1000;  // trials

}  // namespace

StudySource::StudySource(const std::string& store, const std::string& study)
    : place_(place_of_study(store, study)),
      store_(search::open_store(store, study, search::OpenMode::kRead)),
      study_(search::read_stored_study(*store_)) {
  study_.settings.study_file = study;
  study_.settings.store = store;
  space_ = search::make_space(study_.settings);
  spec_ =
      std::make_unique<search::StudySpec>(search::make_spec(study_.settings, *space_, study_.seed));
  search::StudyResult brief = search::read_study_briefly(*store_, *spec_);
  retrain_ = std::move(brief.retrain);
  sample_ = std::move(brief.sample);
}

std::vector<std::string> StudySource::arms() const {
  std::vector<std::string> arms = {search::kSearchArm};
  if (search::has_baseline(spec_->settings)) arms.emplace_back(search::kBaselineArm);
  if (!retrain_.empty()) arms.emplace_back(search::kRetrainArm);
  if (!sample_.empty()) arms.emplace_back(search::kSampleArm);
  return arms;
}

void StudySource::each_trial(const std::string& arm, const Take& take) const {
  if (search::is_extra_arm(arm)) {
    const auto outcomes = store_->outcomes(arm, 0, INT64_MAX);
    for (const search::Trial& trial : arm == search::kRetrainArm ? retrain_ : sample_)
      take(trial, outcomes.at(static_cast<size_t>(trial.number)).finished);
    return;
  }
  const int64_t asked = search::asked_trials(spec_->settings);
  for (int64_t first = 0; first < asked; first += kPage) {
    // As many as there are: strategies propose a few at a time.
    const auto outcomes = store_->outcomes(arm, first, std::min(kPage, asked - first));
    const auto trials = store_->trials(arm, first, first + std::ssize(outcomes));
    for (size_t i = 0; i < trials.size(); ++i) take(trials[i], outcomes[i].finished);
    if (std::ssize(outcomes) < kPage) break;
  }
}

search::StudyResult StudySource::result() const {
  search::StudyResult result = search::read_study_briefly(*store_, *spec_);
  // Arm by arm, as `search --json` adds it up: of all trials, also those beyond the ones asked for.
  for (const char* arm :
       {search::kSearchArm, search::kBaselineArm, search::kRetrainArm, search::kSampleArm})
    for (int64_t first = 0;; first += kPage) {
      const auto page = store_->outcomes(arm, first, kPage);
      for (const search::TrialOutcome& one : page)
        result.cost += {one.core_seconds, one.gpu_seconds, one.joules, 0};
      if (std::ssize(page) < kPage) break;
    }
  result.complete = store_->driver().state == search::StudyState::kComplete;
  return result;
}

std::vector<report::Saved> StudySource::best() const {
  search::StudyResult best;
  best.objective = spec_->objective;
  best.search =
      store_->best(search::kSearchArm, study_.settings.top, search::asked_trials(spec_->settings),
                   spec_->objective.least_reward());
  return report::save_best(study_.settings, *space_, best, false);
}

std::string place_of_study(const std::string& store, const std::string& study) {
  return store.empty() ? std::filesystem::absolute(study).string() : store + "\n" + study;
}

}  // namespace nasnet::logs
