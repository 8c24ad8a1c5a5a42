#pragma once

#include <fmt/format.h>

#include <string>

#include "nasnet/base/names.h"

namespace nasnet::cli {

/// For Options::take_only(), where the model is a detector.
inline std::string for_classifiers(const std::string& model) {
  return fmt::format("is for classifiers, and {} is a detector; leave it out", printable(model));
}

/// The same where it is a classifier.
inline std::string for_detectors(const std::string& model) {
  return fmt::format("is for detectors, and {} is a classifier; leave it out", printable(model));
}

}  // namespace nasnet::cli
