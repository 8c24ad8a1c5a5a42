#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/report/best_cells.h"
#include "nasnet/search/study/stored_study.h"
#include "nasnet/search/study/study.h"

namespace nasnet::logs {

/// Where a study lies, as one text: another one of the same name has another.
std::string place_of_study(const std::string& store, const std::string& study);

/// A study that is read for an export: page by page, as it may have any number of trials. One that
/// is searched meanwhile is told as each page finds it.
class StudySource {
 public:
  /// Throws as open_store(kRead) and read_stored_study() do.
  StudySource(const std::string& store, const std::string& study);
  StudySource(const StudySource&) = delete;

  search::Store& store() const { return *store_; }
  const search::SearchSettings& settings() const { return study_.settings; }
  uint64_t seed() const { return study_.seed; }
  const space::SearchSpace& space() const { return *space_; }
  const search::StudySpec& spec() const { return *spec_; }
  const std::string& place() const { return place_; }

  /// The arms that `search --json` has, in its order.
  std::vector<std::string> arms() const;
  /// Calls take(trial, finished) for each trial of the arm that is asked for; `finished`: see
  /// search::TrialTrace.
  using Take = std::function<void(const search::Trial&, double)>;
  void each_trial(const std::string& arm, const Take& take) const;
  /// Findings, costs and the best, without the other trials (see read_study_briefly()).
  search::StudyResult result() const;
  std::vector<report::Saved> best() const;

 private:
  std::string place_;
  std::unique_ptr<search::Store> store_;
  search::StoredStudy study_;
  std::shared_ptr<const space::SearchSpace> space_;
  std::unique_ptr<search::StudySpec> spec_;
  std::vector<search::Trial> retrain_, sample_;
};

}  // namespace nasnet::logs
