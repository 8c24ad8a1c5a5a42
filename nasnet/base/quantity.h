#pragma once

#include <string>

namespace nasnet {

// Numbers with units, as flags take them. Each throws InputError that begins with `flag`.

/// Seconds: "90s", "2m", "1.5h", "1d", or a bare number; "" is 0.
double parse_seconds(const std::string& text, const std::string& flag);
/// Joules: "500kJ", "2kWh", "10Wh", or a bare number; "" is 0.
double parse_joules(const std::string& text, const std::string& flag);

}  // namespace nasnet
