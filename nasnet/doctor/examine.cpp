#include "nasnet/doctor/examine.h"

#include <fmt/format.h>

#include "nasnet/base/names.h"
#include "nasnet/boxes/find_detection_set.h"
#include "nasnet/doctor/data_findings.h"
#include "nasnet/doctor/suspects.h"

// The order of the checks is that of the report: what is lost, what is odd, classes, copies,
// labels.

namespace nasnet::doctor {
namespace {

/// The images of a set of boxes, without classes.
data::Survey survey_of(const boxes::DetectionSet& set) {
  data::Survey survey;
  survey.name = set.name;
  survey.source = printable(set.source);
  survey.classes = {""};
  survey.ignored = set.ignored;
  survey.notes = set.notes;
  for (const boxes::DetectionSplit& split : set.splits)
    for (const boxes::DetectionImage& image : split.images)
      survey.images.push_back({&image.file, -1, 0, split.kind});
  return survey;
}

/// Those that `nasnet data` lists. Pictures that cannot be read are found by decoding them.
void tell_problems(const Examined& set, const boxes::Problems& problems,
                   std::vector<Finding>& findings) {
  for (const auto& [kind, found] : problems.found()) {
    if (kind == boxes::ProblemKind::kUnreadablePicture) continue;
    const boxes::ProblemText& text = boxes::text_of(kind);
    findings.push_back(
        set.finding(text.name, text.error ? Severity::kProblem : Severity::kWarning, found.count,
                    fmt::format("{} {}", found.count, text.summary),
                    "docs/detection.md says how such are taken; mend the annotations"));
    findings.back().examples = found.sentences;
  }
}

Diagnosis examine(const data::Survey& survey, bool has_classes, const ExamineOptions& options,
                  const boxes::Problems* problems) {
  ThreadPool pool(options.threads);
  const Looks looks = look_at(survey, pool);
  const Examined set{survey, looks, has_classes};
  Diagnosis diagnosis;
  diagnosis.facts["data"] = {{"source", survey.source}, {"notes", survey.notes}};
  find_lost(set, diagnosis.findings);
  if (problems) tell_problems(set, *problems, diagnosis.findings);
  find_oddities(set, diagnosis);
  if (has_classes) find_imbalance(set, diagnosis);
  const NearPairs near = find_near_pairs(looks, options.mirrored, pool);
  find_copies(set, near, diagnosis);
  if (has_classes) tell_suspects(set, find_suspects(set, near, pool), diagnosis);
  return diagnosis;
}

}  // namespace

Diagnosis examine_data(const std::string& where, const ExamineOptions& options) {
  if (const auto set = boxes::find_detection_set(where, {.boxes = options.boxes})) {
    Diagnosis diagnosis = examine(survey_of(*set), false, options, &set->problems);
    diagnosis.facts["data"]["form"] = set->form;
    return diagnosis;
  }
  const data::Survey survey = data::survey(where);
  return examine(survey, survey.disorder.empty(), options, nullptr);
}

}  // namespace nasnet::doctor
