#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace nasnet::search {

/// One of the things beside its settings that an evaluator's results depend on.
struct IdentityPart {
  std::string name;  ///< as the study keeps it: "data_digest"
  std::string value;
  std::string subject;    ///< in a message: "the data set flowers (--data)"
  std::string remedy;     ///< where it has another value: "restore it"
  bool of_build = false;  ///< of the program and its libraries: --other-program accepts another one
};
using Identity = std::vector<IdentityPart>;

/// As the study keeps it: each part's value by its name.
nlohmann::json to_json(const Identity& identity);

/// Compares the evaluator here with that of the study `study`, whose parts are `stored`. Parts that
/// only one of them names, as another version's, and with `other_build` those of the build, are not
/// compared. Throws InputError that names the first part that differs, with both values.
void demand_identity(const Identity& here, const nlohmann::json& stored, const std::string& study,
                     bool other_build);

}  // namespace nasnet::search
