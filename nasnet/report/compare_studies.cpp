#include "nasnet/report/compare_studies.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nasnet/search/study/statistics.h"

namespace nasnet::report {
namespace {

/// The settings that rewards depend on beside the strategy: those that stay with a study.
nlohmann::json training_settings(const search::SearchSettings& settings) {
  search::SearchSettings copy = settings;
  std::vector<Setting> used = search::list_used_settings(copy);
  std::erase_if(used, [](const Setting& setting) {
    return setting.on_resume != OnResume::kRefused || setting.topic == "Strategy" ||
           setting.topic == "Objective" || setting.name == "preset";
  });
  return list_to_json(used);
}

}  // namespace

std::string compare_studies(const ComparedStudy& a, const ComparedStudy& b) {
  const std::string& mine = a.settings.study.objective;
  const std::string& theirs = b.settings.study.objective;
  if (search::Objective(mine) != search::Objective(theirs))
    return fmt::format(
        "The rewards of {} (\"{}\") and {} (\"{}\") cannot be compared: their "
        "objectives differ.",
        a.name, mine, b.name, theirs);
  std::string text =
      search::compare_bests(a.name, *a.best, b.name, *b.best, search::Objective(mine));
  const std::string differing =
      differing_settings(training_settings(a.settings), training_settings(b.settings));
  if (!differing.empty())
    text += fmt::format(" But their rewards are of other trainings: {} has {}.", a.name, differing);
  return text;
}

std::vector<std::string> compare_studies(const std::vector<ComparedStudy>& studies) {
  const ComparedStudy* best = nullptr;
  for (const ComparedStudy& one : studies)
    if (one.best && (!best || one.best->reward > best->best->reward)) best = &one;
  std::vector<std::string> sentences;
  for (const ComparedStudy& one : studies)
    if (one.best && &one != best) sentences.push_back(compare_studies(*best, one));
  return sentences;
}

}  // namespace nasnet::report
