#pragma once

#include <string>

namespace nasnet::cli {

/// Prints what a model's folder holds, classifier or detector: genotype, stack, classes, settings,
/// training, test numbers, exports. Weights are not read. Throws InputError for a damaged folder.
void describe_model(const std::string& folder, bool json);

}  // namespace nasnet::cli
