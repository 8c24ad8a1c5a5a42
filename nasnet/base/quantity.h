#pragma once

#include <string>

namespace nasnet {

// Numbers with units, as flags take them. `flag` ("--time") begins the message of the InputError,
// which is thrown for another unit and for a number that is not above zero.

/// Seconds, of "90s", "2m" (minutes), "1.5h", "1d", or a bare number of seconds; "" is 0.
double parse_seconds(const std::string& text, const std::string& flag);
/// Joules, of "500kJ", "1MJ", "10Wh", "2kWh", "1MWh", or a bare number of joules; "" is 0.
double parse_joules(const std::string& text, const std::string& flag);

}  // namespace nasnet
