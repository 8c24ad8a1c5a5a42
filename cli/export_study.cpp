#include <fmt/format.h>

#include <filesystem>

#include "cli/program.h"
#include "cli/study_place.h"
#include "cli/verb.h"
#include "nasnet/base/names.h"
#include "nasnet/logs/mlflow.h"
#include "nasnet/logs/study_events.h"
#include "nasnet/logs/study_files.h"

// `nasnet export-study`: all of a study in the forms of other programs, at any time
// (docs/logs.md).

namespace nasnet::cli {
namespace {

struct ExportStudyFlags {
  std::string out, tensorboard, mlflow;
};

template <class Visitor>
void visit_settings(Visitor& v, ExportStudyFlags& s) {
  v("out", s.out, "folder for study.json and trials.csv; default: STUDY-export")
      .as("DIR")
      .everyone_needs_it();
  v("tensorboard", s.tensorboard, "folder to write TensorBoard's event files to, as well")
      .as("DIR")
      .everyone_needs_it();
  v("mlflow", s.mlflow, "folder of MLflow's own files (mlruns) to write to, as well")
      .as("DIR")
      .everyone_needs_it();
}

void run(StudyPlace place, ExportStudyFlags flags, const std::string& word, const Common& common) {
  settle_place(place, word);
  const logs::StudySource study(place.store, place.study);
  if (flags.out.empty())
    flags.out = std::filesystem::path(place.study).replace_extension().string() + "-export";
  const std::filesystem::path out = flags.out;
  logs::write_study_json(study, out / "study.json");
  logs::write_trials_csv(study, out / "trials.csv");
  std::vector<std::string> written = {(out / "study.json").string(), (out / "trials.csv").string()};
  if (!flags.tensorboard.empty()) {
    logs::write_study_events(study.store(), study.spec(), flags.tensorboard, study.place());
    written.push_back(flags.tensorboard);
  }
  if (!flags.mlflow.empty()) {
    logs::write_mlflow(study, flags.mlflow);
    written.push_back(flags.mlflow);
  }
  for (std::string& name : written) name = printable(name);
  if (common.json) {
    fmt::print("{}\n", nlohmann::json{{"written", written}}.dump());
  } else if (!common.quiet) {
    for (const std::string& name : written) fmt::print("{}\n", name);
  }
}

}  // namespace

void add_export_study(Program& program) {
  Options& options =
      program.add("export-study", "Write a study as JSON, CSV, TensorBoard's or MLflow's files");
  const auto word = std::make_shared<std::string>();
  options.optional_argument("name", *word, "the study's file, or its name in the --store");
  const auto place = std::make_shared<StudyPlace>();
  const auto flags = std::make_shared<ExportStudyFlags>();
  options.add(*place);
  options.add(*flags);
  options.example("nasnet export-study mine.db --out mine-export");
  options.example("nasnet export-study mine.db --tensorboard runs --mlflow mlruns");
  options.run([=](const Common& common) { run(*place, *flags, *word, common); });
}

}  // namespace nasnet::cli
