#include <algorithm>

#include "nasnet/base/file.h"
#include "nasnet/logs/study_files.h"
#include "nasnet/report/study_json.h"

namespace nasnet::logs {
namespace {

using nlohmann::ordered_json;

std::string json_text(const ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write_trial_list(const StudySource& study, const std::string& arm, AtomicFile& file) {
  const char* separator = "[\n";
  study.each_trial(arm, [&](const search::Trial& trial, double finished) {
    ordered_json object = report::trial_json(study.space(), study.spec().objective, trial);
    object["choices"] = trial.choices;
    object["epochs"] = trial.epochs;
    object["gpu_seconds"] = trial.cost.gpu_seconds;
    object["joules"] = trial.cost.joules;
    if (finished > 0) object["finished"] = finished;
    file.write(separator + json_text(object));
    separator = ",\n";
  });
  file.write(*separator == '[' ? "[]" : "\n]");
}

int64_t count_beyond(const StudySource& study, const std::string& arm) {
  int64_t count = 0;
  study.each_trial(arm, [&](const search::Trial& trial, double) {
    count +=
        trial.state == search::TrialState::kDone && !study.spec().objective.admits(trial.reward);
  });
  return count;
}

}  // namespace

void write_study_json(const StudySource& study, const std::filesystem::path& path) {
  // Its lists of trials have only some, and are written from the store.
  ordered_json object = report::study_json(study.settings(), study.seed(), study.space(),
                                           study.result(), study.best());
  if (object.contains("beyond_limits"))
    object["beyond_limits"] = {{"search", count_beyond(study, search::kSearchArm)},
                               {"baseline", search::has_baseline(study.spec().settings)
                                                ? count_beyond(study, search::kBaselineArm)
                                                : 0}};
  AtomicFile file(path);
  const char* separator = "{\n";
  for (const auto& [key, value] : object.items()) {
    file.write(separator + json_text(key) + ": ");
    separator = ",\n";
    const std::string arm = key == "trials" ? search::kSearchArm : key;
    const auto arms = study.arms();
    if (std::find(arms.begin(), arms.end(), arm) != arms.end()) {
      write_trial_list(study, arm, file);
    } else {
      file.write(json_text(value));
    }
  }
  file.write("\n}\n");
  file.commit();
}

}  // namespace nasnet::logs
