#pragma once

#include <map>
#include <optional>
#include <string>

namespace nasnet::search {

/// The results of an evaluation by name: "accuracy", "parameters", "train_loss" ...
using Measurements = std::map<std::string, double>;

/// The measurement that a study maximizes where nothing else is said: the validation accuracy.
inline constexpr const char* kAccuracy = "accuracy";

/// The measurement that `asker` ("the objective") asks for. Throws InputError where it is missing,
/// NotANumber where it is not finite.
double measured(const Measurements& measurements, const std::string& name,
                const std::string& asker);

/// True for letters, digits, _ and '.', at least one of them.
bool is_measurement_name(const std::string& name);

/// A measurement's name, after "maximize" or "minimize" where a direction was given.
struct DirectedName {
  std::string name;
  int direction = 0;  ///< 1, -1; 0 where nothing was said
};
/// None for any other text.
std::optional<DirectedName> parse_directed_name(const std::string& text);

/// 1 for measurements that users want to be great, -1 for those that they want to be small, by
/// their names ("accuracy", "latency_ms"); 0 for names that do not tell.
int usual_direction(const std::string& name);

/// "20M", "0.5", "1e6": k, M and G are powers of 1000. None for any other text, and for numbers
/// that are not finite, or so small or great that nothing measures them: beyond 1e-30 to 1e30.
std::optional<double> parse_amount(const std::string& text);
/// The other way round, with so many digits as are needed to tell amounts apart by eye: "20.5M".
std::string amount_text(double amount);

}  // namespace nasnet::search
