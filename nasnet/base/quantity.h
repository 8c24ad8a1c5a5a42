#pragma once

#include <string>

namespace nasnet {

// Numbers with units, as flags take them. `flag` ("--time") begins the message of the InputError,
// which is thrown for another unit and for a number that is not above zero.

/// Seconds, of "90s", "2m" (minutes), "1.5h", "1d", or a bare number of seconds; "" is 0.
double parse_seconds(const std::string& text, const std::string& flag);
/// "4.2 s", "40 s", "12 min", "3 h 20 min", "2 d 4 h".
std::string format_seconds(double seconds);
/// Joules, of "500kJ", "1MJ", "10Wh", "2kWh", "1MWh", or a bare number of joules; "" is 0.
double parse_joules(const std::string& text, const std::string& flag);

}  // namespace nasnet
