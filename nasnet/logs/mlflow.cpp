#include "nasnet/logs/mlflow.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/base/file.h"
#include "nasnet/base/names.h"
#include "nasnet/logs/study_events.h"

// The layout of MLflow's FileStore: EXPERIMENT/meta.yaml, and below it RUN/meta.yaml with folders
// params, metrics and tags of a file each. Quoted JSON is YAML, too.

namespace nasnet::logs {

namespace fs = std::filesystem;

namespace {

using YamlFields = std::vector<std::pair<std::string, nlohmann::json>>;

constexpr int64_t kTrialsAtOnce = 2000;
/// MLflow's RunStatus and SourceType.
constexpr int kRunning = 1, kFinished = 3, kKilled = 5, kLocal = 4;

void write_yaml(const fs::path& file, const YamlFields& fields) {
  std::string text;
  for (const auto& [key, value] : fields) text += key + ": " + value.dump() + "\n";
  write_file(file, text);
}

int64_t now_in_milliseconds() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// Appends to one file a metric.
class Metrics {
 public:
  explicit Metrics(fs::path folder) : folder_(std::move(folder)) {
    std::error_code error;
    fs::create_directories(folder_, error);
  }
  void add(const Point& point, int64_t when) {
    std::unique_ptr<AtomicFile>& file = files_[point.tag];
    if (!file) file = std::make_unique<AtomicFile>(folder_ / point.tag);
    file->write(fmt::format("{} {} {}\n", when, point.value, point.step));
  }
  void commit() {
    for (const auto& [tag, file] : files_) file->commit();
  }

 private:
  fs::path folder_;
  std::map<std::string, std::unique_ptr<AtomicFile>> files_;
};

int run_status(search::StudyState state) {
  switch (state) {
    case search::StudyState::kComplete:
    case search::StudyState::kSpent:
      return kFinished;
    case search::StudyState::kStopped:
      return kKilled;
    case search::StudyState::kNew:
    case search::StudyState::kRunning:
      break;
  }
  return kRunning;
}

/// Digits, as MLflow makes them.
std::string experiment_id(const std::string& place) {
  const std::string hex = digest(place, "sha256").substr(0, 14);
  return std::to_string(100'000'000'000'000'000 + std::stoll(hex, nullptr, 16));
}

void write_run(const StudySource& study, const fs::path& experiment, const std::string& id,
               const std::string& arm, int64_t now) {
  const std::string name = arm == search::kSearchArm ? "search" : "random";
  const std::string run = digest(study.place() + "\n" + arm, "sha256").substr(0, 32);
  const fs::path folder = experiment / run;
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  Metrics metrics(folder / "metrics");
  ArmCurves curves(arm);
  for (int64_t before = -1; before < curves.next();) {
    before = curves.next();
    for (const TrialPoints& trial : curves.read(study.store(), study.spec(), true, kTrialsAtOnce))
      for (const Point& point : trial.points)
        metrics.add(point, point.when > 0 ? static_cast<int64_t>(1000 * point.when) : now);
  }
  metrics.commit();
  // It takes no folder without it for a run.
  fs::create_directories(folder / "artifacts", ignored);
  search::SearchSettings settings = study.settings();
  settings.store = search::without_password(settings.store);
  for (const Setting& setting : search::list_used_settings(settings))
    write_file(folder / "params" / setting.name,
               printable(search::used_setting(settings, setting.name)));
  write_file(folder / "params" / "seed", std::to_string(study.seed()));
  write_file(folder / "tags" / "mlflow.runName", name);
  const int status = run_status(study.store().driver().state);
  write_yaml(folder / "meta.yaml",
             {{"artifact_uri", "file://" + printable((folder / "artifacts").string())},
              {"end_time", status == kRunning ? nlohmann::json(nullptr) : nlohmann::json(now)},
              {"entry_point_name", ""},
              {"experiment_id", id},
              {"lifecycle_stage", "active"},
              {"run_id", run},
              {"run_name", name},
              {"run_uuid", run},
              {"source_name", ""},
              {"source_type", kLocal},
              {"source_version", ""},
              {"start_time", now},
              {"status", status},
              {"tags", nlohmann::json::array()},
              {"user_id", ""}});
}

}  // namespace

void write_mlflow(const StudySource& study, const fs::path& folder) {
  const std::string id = experiment_id(study.place());
  const fs::path experiment = fs::absolute(folder) / id;
  const int64_t now = now_in_milliseconds();
  for (const std::string& arm : study.arms())
    if (!search::is_extra_arm(arm)) write_run(study, experiment, id, arm, now);
  write_yaml(experiment / "meta.yaml",
             {{"artifact_location", "file://" + printable(experiment.string())},
              {"creation_time", now},
              {"experiment_id", id},
              {"last_update_time", now},
              {"lifecycle_stage", "active"},
              {"name", printable(study.settings().study_file)}});
}

}  // namespace nasnet::logs
