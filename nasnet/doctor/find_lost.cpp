#include <fmt/format.h>

#include "nasnet/data/placed.h"
#include "nasnet/doctor/data_findings.h"

// Files that no training would see, and why.

namespace nasnet::doctor {

void find_lost(const Examined& set, std::vector<Finding>& findings) {
  const data::Survey& survey = set.survey;
  if (!survey.disorder.empty())
    findings.push_back(set.finding(
        "layout", Severity::kProblem, std::ssize(survey.images), survey.disorder,
        "bring the files into a form of docs/data.md; only the images themselves were looked at"));
  if (!survey.unreadable.empty()) {
    Finding& finding = findings.emplace_back(set.finding(
        "unreadable_files", Severity::kProblem, std::ssize(survey.unreadable),
        fmt::format("{} of its files and folders cannot be opened", survey.unreadable.size()),
        "mend their permissions, links or archives, or remove them"));
    for (const data::Unreadable& file : survey.unreadable) finding.examples.push_back(file.why);
  }
  if (!set.looks.faults.empty()) {
    const int64_t count = std::ssize(set.looks.faults);
    Finding& finding = findings.emplace_back(
        set.finding("unreadable_images", Severity::kProblem, count,
                    fmt::format("{} image{} cannot be decoded", count, count == 1 ? "" : "s"),
                    "fetch them again, or remove them; --skip-unreadable trains without them"));
    for (const auto& [image, why] : set.looks.faults) finding.examples.push_back(why);
  }
  for (const data::LeftOutImages& some : survey.left_out)
    findings.push_back(set.finding("left_out", Severity::kNote, some.images,
                                   fmt::format("{} {}", data::count_images(some.images), some.why),
                                   ""));
  if (!survey.ignored.empty()) {
    int64_t count = 0;
    for (const auto& [kind, files] : survey.ignored) count += files.count;
    findings.push_back(
        set.finding("other_files", Severity::kNote, count,
                    fmt::format("files that are neither pictures nor lists that are used: {}",
                                describe_left_out(survey.ignored)),
                    ""));
  }
}

}  // namespace nasnet::doctor
