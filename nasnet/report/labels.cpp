#include "nasnet/report/labels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "nasnet/base/check.h"

// Places the labels of a chart so that all can be read: points of published networks lie close
// together, and a fixed place beside each mark would put texts over each other.

namespace nasnet::report {
namespace {

/// Places that are tried around a mark, in each of kDistances.
constexpr int kDirections = 24;
constexpr std::array kDistances = {3.0, 7.0, 13.0, 20.0, 30.0, 42.0, 56.0, 72.0};  // off the mark
constexpr int kStarts = 12;       // orders that are tried
constexpr int kSweeps = 20;       // it settles after three or four
constexpr double kFar = 9;        // pixels between label and mark that ask for a line
constexpr double kAmbiguous = 4;  // another mark is about as near as the label's own

// Costs, in pixels that a label would rather be moved: a label over a label or a mark cannot be
// read, one over a line can, one far from its mark is found with a little effort.
constexpr double kOutside = 1e4, kOnMark = 300, kOnLine = 5, kBesideOther = 25;
constexpr double kOnLabel = 200, kOnLabelPerArea = 3;
constexpr double kLeader = 12, kLeaderOverLabel = 200, kLeaderOverMark = 150;
constexpr double kLeaderOverLeader = 150, kLeaderOverLine = 25;

Box grown(const Box& box, double by) {
  return {box.left - by, box.top - by, box.right + by, box.bottom + by};
}

/// Pixels by which the box leaves the frame, over all sides; 0 within.
double outside(const Box& box, const Box& frame) {
  return std::max(0.0, frame.left - box.left) + std::max(0.0, box.right - frame.right) +
         std::max(0.0, frame.top - box.top) + std::max(0.0, box.bottom - frame.bottom);
}

/// The length of the segment that lies inside the box (Liang and Barsky).
double length_inside(const Position& a, const Position& b, const Box& box) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  double from = 0, to = 1;
  const auto clip = [&](double direction, double room) {
    if (direction == 0) return room >= 0;
    const double t = room / direction;
    (direction < 0 ? from : to) = direction < 0 ? std::max(from, t) : std::min(to, t);
    return from <= to;
  };
  if (!clip(-dx, a.x - box.left) || !clip(dx, box.right - a.x) || !clip(-dy, a.y - box.top) ||
      !clip(dy, box.bottom - a.y))
    return 0;
  return (to - from) * std::hypot(dx, dy);
}

/// Two segments cross where each has the other's ends on both sides. Touching does not count.
bool crosses(const Position& a, const Position& b, const Position& c, const Position& d) {
  const auto side = [](const Position& p, const Position& q, const Position& r) {
    return (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x);
  };
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/// From the box's nearest point; 0 within it.
double distance(const Box& box, const Position& from) {
  const Position near = nearest_point(box, from);
  return std::hypot(near.x - from.x, near.y - from.y);
}

/// The label's box in this direction from its mark, `gap` pixels off it.
Box candidate(const Label& label, double angle, double gap) {
  const double c = std::cos(angle), s = std::sin(angle);
  const double reach = label.mark.radius + gap;
  const double x = label.mark.at.x + c * reach, y = label.mark.at.y + s * reach;
  // Sideways the box begins at the point, above and below it is centred on it.
  const double left = x - label.width * (1 - std::clamp(c * 1.5, -1.0, 1.0)) / 2;
  const double top = y - label.height * (1 - std::clamp(s * 1.5, -1.0, 1.0)) / 2;
  return {left, top, left + label.width, top + label.height};
}

/// Coordinate descent over the labels' places: each goes to the cheapest of a few hundred
/// candidates while the others stay, until none moves. It ends in some minimum, not the least:
/// hence several starts.
class Placement {
 public:
  Placement(const std::vector<Label>& labels, const Obstacles& obstacles)
      : labels_(labels), obstacles_(obstacles), placed_(labels.size()), known_(labels.size()) {}

  /// Places the labels one after another, then lets them move. Starts with label `first`, goes
  /// backwards through the labels where `backwards`.
  void run(size_t first, bool backwards) {
    const size_t n = labels_.size();
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      bool moved = false;
      for (size_t k = 0; k < n; ++k) moved |= place((first + (backwards ? n - k : k)) % n);
      if (!moved) break;
    }
  }

  double total_cost() const {
    double sum = 0;
    for (size_t i = 0; i < labels_.size(); ++i) sum += cost(i, placed_[i]);
    return sum;
  }

  const std::vector<PlacedLabel>& placed() const { return placed_; }

 private:
  /// Moves label i to its cheapest place; false where it stays. Only a gain counts, so that sweeps
  /// end.
  bool place(size_t i) {
    double least = known_[i] ? cost(i, placed_[i]) : std::numeric_limits<double>::infinity();
    bool moved = false;
    for (const double gap : kDistances) {
      for (int k = 0; k < kDirections; ++k) {
        const Box box = candidate(labels_[i], 2 * std::numbers::pi * k / kDirections, gap);
        const PlacedLabel found{box, needs_leader(labels_[i], box)};
        const double its_cost = cost(i, found);
        // Rounding must not let two equal places take turns.
        if (its_cost >= least - 1e-9) continue;
        least = its_cost;
        placed_[i] = found;
        known_[i] = moved = true;
      }
    }
    return moved;
  }

  /// Pixels between the box and the mark's rim; below 0 where they overlap.
  static double gap_to(const Box& box, const Disc& mark) {
    return distance(box, mark.at) - mark.radius;
  }

  /// Without a line the reader would take the label for another mark's, or for none's.
  bool needs_leader(const Label& label, const Box& box) const {
    return gap_to(box, label.mark) > kFar || others_beside(label, box) > 0;
  }

  /// Other marks that a reader could take for the label's.
  int others_beside(const Label& label, const Box& box) const {
    const double own = gap_to(box, label.mark);
    int count = 0;
    for (const Disc& other : obstacles_.marks)
      count += !same(other, label.mark) && gap_to(box, other) < own + kAmbiguous;
    return count;
  }

  static bool same(const Disc& a, const Disc& b) { return a.at.x == b.at.x && a.at.y == b.at.y; }

  /// The cost of label i at this place, given where the others are now.
  double cost(size_t i, const PlacedLabel& placed) const {
    const Disc& mark = labels_[i].mark;
    const Box& box = placed.box;
    double sum = gap_to(box, mark) + kOutside * outside(box, obstacles_.frame) +
                 kBesideOther * others_beside(labels_[i], box);
    for (const Disc& other : obstacles_.marks)
      if (gap_to(box, other) < 1) sum += kOnMark;
    for (const auto& [a, b] : obstacles_.lines) sum += kOnLine * length_inside(a, b, box);
    for (size_t k = 0; k < labels_.size(); ++k) {
      if (k == i || !known_[k]) continue;
      // Labels keep two pixels between them.
      const double shared = overlap(grown(box, 1), grown(placed_[k].box, 1));
      if (shared > 0) sum += kOnLabel + kOnLabelPerArea * shared;
      if (placed_[k].leader && length_inside(labels_[k].mark.at, end_of(k), box) > 0)
        sum += kLeaderOverLabel;
    }
    return placed.leader ? sum + leader_cost(i, nearest_point(box, mark.at)) : sum;
  }

  /// The cost of a line from label i's mark to `end`, by what it crosses.
  double leader_cost(size_t i, const Position& end) const {
    const Position& start = labels_[i].mark.at;
    double sum = kLeader;
    for (const Disc& other : obstacles_.marks) {
      const double r = other.radius;
      const Box around{other.at.x - r, other.at.y - r, other.at.x + r, other.at.y + r};
      if (!same(other, labels_[i].mark) && length_inside(start, end, around) > 0)
        sum += kLeaderOverMark;
    }
    for (const auto& [a, b] : obstacles_.lines)
      if (crosses(start, end, a, b)) sum += kLeaderOverLine;
    for (size_t k = 0; k < labels_.size(); ++k) {
      if (k == i || !known_[k]) continue;
      if (length_inside(start, end, placed_[k].box) > 0) sum += kLeaderOverLabel;
      if (placed_[k].leader && crosses(start, end, labels_[k].mark.at, end_of(k)))
        sum += kLeaderOverLeader;
    }
    return sum;
  }

  /// The end of a placed label's line.
  Position end_of(size_t k) const { return nearest_point(placed_[k].box, labels_[k].mark.at); }

  const std::vector<Label>& labels_;
  const Obstacles& obstacles_;
  std::vector<PlacedLabel> placed_;
  std::vector<bool> known_;  // true for those that have a place yet
};

}  // namespace

std::vector<PlacedLabel> place_labels(const std::vector<Label>& labels,
                                      const Obstacles& obstacles) {
  std::vector<PlacedLabel> best;
  double least = std::numeric_limits<double>::infinity();
  for (int start = 0; start < kStarts; ++start) {
    Placement placement(labels, obstacles);
    // Orders spread over the labels, every other one backwards; no random numbers, so that a chart
    // stays the same.
    placement.run(labels.size() * start / kStarts, start % 2 == 1);
    if (placement.total_cost() >= least) continue;
    least = placement.total_cost();
    best = placement.placed();
  }
  NASNET_CHECK(best.size() == labels.size(), "each label has a place");
  return best;
}

Position nearest_point(const Box& box, const Position& mark) {
  return {std::clamp(mark.x, box.left, box.right), std::clamp(mark.y, box.top, box.bottom)};
}

double overlap(const Box& a, const Box& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

}  // namespace nasnet::report
