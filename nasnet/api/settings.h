#pragma once

#include <nasnet/settings.h>

#include "nasnet/base/settings.h"

namespace nasnet::api {

/// Gives the core's settings the values that are named.
void apply(const Settings& settings, const std::vector<Setting>& core);

/// The settings as the public library describes them, with the values that they have now.
std::vector<SettingFacts> facts_of(const std::vector<Setting>& core);

}  // namespace nasnet::api
