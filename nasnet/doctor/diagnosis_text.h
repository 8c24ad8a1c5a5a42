#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "nasnet/doctor/finding.h"

namespace nasnet::doctor {

/// For people: problems first, then warnings, then notes; of each finding so many examples, 0 for
/// all. Lines that end with a line's end.
std::string diagnosis_text(const Diagnosis& diagnosis, size_t most_examples);

/// The same as one object (docs/doctor.md), with all examples.
nlohmann::ordered_json diagnosis_json(const Diagnosis& diagnosis);

/// The exit status that tells of the worst finding: 0 where there are none but notes.
int exit_status(const Diagnosis& diagnosis);
inline constexpr int kWarningStatus = 3, kProblemStatus = 4;

}  // namespace nasnet::doctor
