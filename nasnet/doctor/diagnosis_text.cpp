#include "nasnet/doctor/diagnosis_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace nasnet::doctor {
namespace {

constexpr Severity kWorstFirst[] = {Severity::kProblem, Severity::kWarning, Severity::kNote};

int64_t count_of(const Diagnosis& diagnosis, Severity severity) {
  return std::ranges::count(diagnosis.findings, severity, &Finding::severity);
}

std::string finding_text(const Finding& finding, size_t most) {
  std::string text =
      fmt::format("{:<8} {}: {}\n", to_text(finding.severity), finding.where, finding.text);
  const size_t shown =
      most == 0 ? finding.examples.size() : std::min(most, finding.examples.size());
  for (size_t i = 0; i < shown; ++i) text += fmt::format("           {}\n", finding.examples[i]);
  if (shown < finding.examples.size())
    text += fmt::format("           and {} more (--all)\n", finding.examples.size() - shown);
  if (!finding.remedy.empty()) text += fmt::format("         > {}\n", finding.remedy);
  return text;
}

std::string counted(int64_t count, const char* word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

}  // namespace

void Diagnosis::append(Diagnosis other) {
  findings.insert(findings.end(), std::make_move_iterator(other.findings.begin()),
                  std::make_move_iterator(other.findings.end()));
  // Several studies have one list.
  for (auto& [area, told] : other.facts.items()) {
    if (facts.contains(area) && facts[area].is_array()) {
      for (auto& one : told) facts[area].push_back(one);
    } else {
      facts[area] = told;
    }
  }
}

std::string diagnosis_text(const Diagnosis& diagnosis, size_t most_examples) {
  std::string text;
  for (const Severity severity : kWorstFirst)
    for (const Finding& finding : diagnosis.findings)
      if (finding.severity == severity) text += finding_text(finding, most_examples);
  return text + fmt::format("{}, {}, {}\n",
                            counted(count_of(diagnosis, Severity::kProblem), "problem"),
                            counted(count_of(diagnosis, Severity::kWarning), "warning"),
                            counted(count_of(diagnosis, Severity::kNote), "note"));
}

nlohmann::ordered_json diagnosis_json(const Diagnosis& diagnosis) {
  nlohmann::ordered_json object = {{"problems", count_of(diagnosis, Severity::kProblem)},
                                   {"warnings", count_of(diagnosis, Severity::kWarning)},
                                   {"notes", count_of(diagnosis, Severity::kNote)},
                                   {"findings", nlohmann::ordered_json::array()},
                                   {"facts", diagnosis.facts}};
  for (const Severity severity : kWorstFirst)
    for (const Finding& finding : diagnosis.findings)
      if (finding.severity == severity)
        object["findings"].push_back({{"name", finding.name},
                                      {"severity", to_text(finding.severity)},
                                      {"area", finding.area},
                                      {"where", finding.where},
                                      {"count", finding.count},
                                      {"text", finding.text},
                                      {"remedy", finding.remedy},
                                      {"examples", finding.examples}});
  return object;
}

int exit_status(const Diagnosis& diagnosis) {
  if (count_of(diagnosis, Severity::kProblem) > 0) return kProblemStatus;
  return count_of(diagnosis, Severity::kWarning) > 0 ? kWarningStatus : 0;
}

}  // namespace nasnet::doctor
