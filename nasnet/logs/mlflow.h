#pragma once

#include <filesystem>

#include "nasnet/logs/study_source.h"

namespace nasnet::logs {

/// Writes a study as MLflow keeps its own in files (`mlruns`): an experiment named after the study,
/// and a run an arm, "search" and "random", with the settings as parameters and the curves of
/// ArmCurves as metrics, whose step is the trial. What an earlier export of this study has left
/// there is replaced, all else stays. Throws SystemError where a file cannot be written.
void write_mlflow(const StudySource& study, const std::filesystem::path& folder);

}  // namespace nasnet::logs
