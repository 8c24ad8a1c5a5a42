#pragma once

#include <string>
#include <vector>

#include "nasnet/train/settings.h"

namespace nasnet::train {

/// The names that recipe_settings() takes: "none", "cifar", "mobile", "large".
std::vector<std::string> recipe_names();

/// The settings with which the paper's networks were trained (appendix A.6 and A.7, and TF-slim's
/// comments): "cifar" the CIFAR-10 networks, "mobile" and "large" the ImageNet ones. The latter two
/// were trained by 50 and 100 replicas at once; batch and learning rate are one replica's, where
/// the paper's rate is as many times higher. "none" gives the defaults of TrainSettings. Throws
/// InputError for another name.
TrainSettings recipe_settings(const std::string& name);

}  // namespace nasnet::train
