#include "nasnet/report/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/base/error.h"

// Axes of the charts: values on a line from 0 to 1, linear or logarithmic, and ticks that people
// would choose (1, 2 or 5 times a power of ten).

namespace nasnet::report {
namespace {

constexpr double kAir = 0.08;       // of the range, at both ends
constexpr double kTickGoal = 5;     // about so many on a linear axis
constexpr double kWideDecades = 3;  // beyond which 2 and 5 are left out

}  // namespace

Axis::Axis(const std::vector<double>& values, bool logarithmic) : logarithmic_(logarithmic) {
  if (values.empty()) throw InputError("a chart needs at least one point in each panel");
  low_ = std::numeric_limits<double>::infinity();
  high_ = -low_;
  for (const double value : values) {
    // Refused here, where the value is known, before it becomes a coordinate.
    if (!std::isfinite(value) || (logarithmic && value <= 0))
      throw InputError(fmt::format("a chart cannot show the value {}", value));
    low_ = std::min(low_, logarithmic ? std::log10(value) : value);
    high_ = std::max(high_, logarithmic ? std::log10(value) : value);
  }
  // A single value gets a range around it.
  const double air = high_ > low_ ? kAir * (high_ - low_) : std::max(std::abs(low_), 1.0) * 0.1;
  low_ -= air;
  high_ += air;
}

double Axis::position(double value) const {
  return ((logarithmic_ ? std::log10(value) : value) - low_) / (high_ - low_);
}

std::vector<double> Axis::ticks() const {
  if (!logarithmic_) return linear_ticks();
  std::vector<double> ticks = logarithmic_ticks();
  if (ticks.size() >= 3) return ticks;
  // Less than a decade: round values serve better than powers.
  Axis plain = *this;
  plain.logarithmic_ = false;
  plain.low_ = std::pow(10.0, low_);
  plain.high_ = std::pow(10.0, high_);
  return plain.linear_ticks();
}

std::vector<double> Axis::linear_ticks() const {
  const double rough = (high_ - low_) / kTickGoal;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  // From the largest down, so that the smallest step that is not much below the goal stays.
  for (const double factor : {5.0, 2.0, 1.0})
    if (factor * power >= rough * 0.8) step = factor * power;
  std::vector<double> ticks;
  for (double k = std::ceil(low_ / step); k * step <= high_; ++k) ticks.push_back(k * step);
  return ticks;
}

std::vector<double> Axis::logarithmic_ticks() const {
  std::vector<double> ticks;
  // `low_` and `high_` are logarithms here.
  for (double power = std::floor(low_); power <= high_; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && high_ - low_ > kWideDecades) continue;
      const double at = power + std::log10(factor);
      if (at >= low_ && at <= high_) ticks.push_back(factor * std::pow(10.0, power));
    }
  }
  return ticks;
}

std::string Axis::tick_text(double tick) {
  // Steps are round, so a few digits say the tick; %g leaves out what the sum of steps adds.
  return fmt::format("{:.6g}", std::abs(tick) < 1e-12 ? 0.0 : tick);
}

}  // namespace nasnet::report
