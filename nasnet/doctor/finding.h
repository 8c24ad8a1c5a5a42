#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nasnet/base/enum_names.h"

namespace nasnet::doctor {

/// How much a finding matters.
enum class Severity {
  kNote,     ///< good to know
  kWarning,  ///< results may be worse, or mean less, than they seem
  kProblem,  ///< images are lost, or numbers are wrong
};
constexpr EnumNames<Severity, 3> names_of(Severity) {
  return {{{Severity::kNote, "note"},
           {Severity::kWarning, "warning"},
           {Severity::kProblem, "problem"}}};
}

/// One thing that was found, wherever it occurs.
struct Finding {
  std::string name;  ///< in JSON: "leaked_copies"
  Severity severity = Severity::kNote;
  std::string area;   ///< "data", "machine" or "study"
  std::string where;  ///< the data set, the study, or a folder
  int64_t count = 1;
  std::string text;                   ///< a sentence's part: "3 images cannot be read"
  std::string remedy;                 ///< what to do about it; "" where nothing need be done
  std::vector<std::string> examples;  ///< all that were found, in the data set's order
};

/// All findings, and the facts that they rest on.
struct Diagnosis {
  std::vector<Finding> findings;
  nlohmann::ordered_json facts = nlohmann::ordered_json::object();  ///< by area

  /// Takes the other's findings and facts behind its own.
  void append(Diagnosis other);
};

}  // namespace nasnet::doctor
