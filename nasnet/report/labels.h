#pragma once

#include <utility>
#include <vector>

namespace nasnet::report {

/// A rectangle in pixels; y grows downwards.
struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
};

struct Position {
  double x = 0, y = 0;
};

/// A mark of data, with the space that it takes.
struct Disc {
  Position at;
  double radius = 5;
};

/// A text that wants to stand near its mark.
struct Label {
  Disc mark;
  double width = 0, height = 0;
};

/// An obstacle that labels should keep clear of.
struct Obstacles {
  Box frame;                ///< labels stay inside
  std::vector<Disc> marks;  ///< those of the labels and others
  std::vector<std::pair<Position, Position>> lines;
};

struct PlacedLabel {
  Box box;
  bool leader = false;  ///< too far from its mark, or too near to another, to go without a line
};

/// A box for each label, beside its mark where there is room, farther away where there is none.
/// Each label in turn moves to the place that costs least given the others, until none moves; the
/// result depends on the input alone.
std::vector<PlacedLabel> place_labels(const std::vector<Label>& labels, const Obstacles& obstacles);

/// The point of the box nearest to `mark`.
Position nearest_point(const Box& box, const Position& mark);

/// The area that both boxes share.
double overlap(const Box& a, const Box& b);

}  // namespace nasnet::report
