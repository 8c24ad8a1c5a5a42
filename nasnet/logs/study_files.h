#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "nasnet/logs/study_source.h"

namespace nasnet::logs {

/// Writes the object that `nasnet search --json` prints, a trial a line. Trials have "choices",
/// "epochs", "gpu_seconds" and "joules" besides.
void write_study_json(const StudySource& study, const std::filesystem::path& file);

/// Writes a row a trial, of all arms: what the object has, and a column for each measurement
/// ("measurement.accuracy") and decision ("decision.normal.0.left", the choice's index). RFC 4180,
/// numbers by the shortest text that reads back as the same double, empty where there is none.
void write_trials_csv(const StudySource& study, const std::filesystem::path& file);

/// A field of text. Texts that a spreadsheet would take for a formula (they begin with = + - @ or a
/// control character) get an apostrophe before them.
std::string csv_text(std::string_view text);

}  // namespace nasnet::logs
