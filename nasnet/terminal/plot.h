#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/terminal/lines.h"

namespace nasnet::terminal {

/// A value that holds from each step on until the next, as a best so far.
struct Steps {
  std::vector<std::pair<double, double>> at;  ///< x and the value from there on, x rising
  double end = 0;                             ///< x of the last; it holds until there
  Style style = Style::kPlain;
  bool dotted = false;
};

struct PlotAxes {
  double left = 0, right = 1;                ///< ends of x
  std::function<std::string(double)> value;  ///< a value's text, at the left edge
  std::string left_text, right_text;         ///< below the ends of x
};

/// Staircases in `area.columns` x `area.rows` characters (at least 20 x 3), values' texts and x's
/// line among them: of braille, two by four dots a character, or of '*' and '.' (dotted) where
/// there is no Unicode. Where two meet the first is seen. Empty where no series has a step.
std::vector<Line> draw_steps(const std::vector<Steps>& series, const PlotAxes& axes,
                             const Area& area);

}  // namespace nasnet::terminal
