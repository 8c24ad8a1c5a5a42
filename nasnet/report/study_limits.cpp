#include "nasnet/report/study_limits.h"

#include <fmt/format.h>

#include "nasnet/base/text.h"
#include "nasnet/search/study/statistics.h"

namespace nasnet::report {
namespace {

std::string of_proxy(const StudyReport& report) {
  const std::string proxy = "Candidates were ranked by one proxy, a short training. ";
  if (report.findings.sampled >= 3)
    return proxy + fmt::format(
                       "How well it ranks was measured on {} candidates; the interval above "
                       "says how little that is.",
                       report.findings.sampled);
  return proxy + "Its ranking was not compared with that of longer trainings (--sample).";
}

std::string of_intervals(const StudyReport& report) {
  const search::Interval none = {};
  const auto best = search::best_trials(report.result.search, 1, report.result.objective);
  if (best.empty()) return "";
  const search::Interval interval = search::reward_interval(best[0], report.result.objective);
  if (interval == none || interval.low == interval.high)
    return "How uncertain a single reward is, is not known: it has no interval.";
  return "The interval of a single reward covers the chance of which validation images were drawn. "
         "It does not cover another seed of the same training, which may move the result further.";
}

std::string of_validation(const StudyReport& report) {
  if (!report.result.objective.is_accuracy()) return "";
  return "All accuracies here are on validation images that the choice was made by. An accuracy to "
         "quote comes from test images that no search has seen: `nasnet train` the cells fully, "
         "then `nasnet evaluate`.";
}

}  // namespace

std::vector<std::string> study_limits(const StudyReport& report) {
  const search::StudyResult& result = report.result;
  std::vector<std::string> limits;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) limits.push_back(text);
  };
  if (!result.complete) add("The study is not complete: what is said here may change.");
  add(of_proxy(report));
  const search::Mean mean = search::mean_reward(result.search, result.objective);
  add(
      fmt::format("{} candidates were evaluated by the search, a vanishing part of its space. The "
                  "best of many is flattered by having been chosen: expect less of it when it is "
                  "trained again.",
                  thousands(mean.count)));
  add(of_intervals(report));
  add(of_validation(report));
  add("This is one run with one seed, on one data set: another seed finds other cells, and nothing "
      "here tells how far its result would lie from this one.");
  const search::StudySettings& settings = report.study.settings.study;
  if (result.baseline.empty() && settings.strategy != search::StrategyKind::kRandom)
    add("There is no random arm, so that nothing tells the strategy from chance.");
  if (settings.seeds == 0)
    add("The best cells were not trained again (--seeds), so that the two arms are compared by "
        "single short trainings.");
  if (result.yardsticks.empty())
    add("No network designed by hand was trained by this recipe (nasnet report --yardstick): "
        "nothing tells what is gained over one.");
  return limits;
}

}  // namespace nasnet::report
