#pragma once

#include <string>
#include <vector>

#include "nasnet/train/settings.h"

namespace nasnet::train {

/// "none", "cifar", "mobile", "large".
std::vector<std::string> recipe_names();

/// How the paper's networks were trained (appendix A.6 and A.7, and TF-slim's comments), for one
/// worker: "cifar" the CIFAR-10 networks, "mobile" and "large" the ImageNet ones. The latter two
/// learned in many replicas at once (50 and 100) at a rate as many times higher. "none" are the
/// defaults of TrainSettings. Throws InputError for another name.
TrainSettings recipe_settings(const std::string& name);

}  // namespace nasnet::train
