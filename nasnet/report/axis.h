#pragma once

#include <string>
#include <vector>

namespace nasnet::report {

/// One axis of a panel: a range of values laid on a range of pixels.
class Axis {
 public:
  /// Covers all `values` with a little air at both ends. Throws InputError where there are none,
  /// for values that are not finite, and on a logarithmic axis for any that is not above zero.
  Axis(const std::vector<double>& values, bool logarithmic);

  /// Where the value lies: 0 at the low end, 1 at the high end.
  double position(double value) const;

  /// Round values inside the range, about five: 1, 2 or 5 times a power of ten; on a logarithmic
  /// axis that spans a decade or more all of these, on a wide one only the powers.
  std::vector<double> ticks() const;
  /// The ticks as text, all with the digits that the finest needs.
  static std::string tick_text(double tick);

 private:
  std::vector<double> linear_ticks() const;
  std::vector<double> logarithmic_ticks() const;

  bool logarithmic_;
  double low_, high_;  ///< logarithms to the base 10 on a logarithmic axis
};

}  // namespace nasnet::report
