#include "nasnet/detect/box_loss.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nasnet/base/check.h"
#include "nasnet/detect/losses.h"

// Losses of overlap are written once, as their papers have them: numbers carry their derivatives by
// the box's edges along. A step has a few hundred boxes to learn, so that this costs nothing beside
// the network.

namespace nasnet::detect {
namespace {

using boxes::Box;

/// A number with its derivatives by the four edges of a box.
struct Dual {
  Dual(double number = 0) : value(number) {}  // NOLINT: constants are numbers, too

  double value;
  std::array<double, 4> slope{};
};

/// A function's value at a and b, where its derivatives by them are known.
Dual chain(double value, const Dual& a, double by_a, const Dual& b, double by_b) {
  Dual result(value);
  for (size_t k = 0; k < 4; ++k) result.slope[k] = by_a * a.slope[k] + by_b * b.slope[k];
  return result;
}
Dual operator+(const Dual& a, const Dual& b) {
  return chain(a.value + b.value, a, 1, b, 1);
}
Dual operator-(const Dual& a, const Dual& b) {
  return chain(a.value - b.value, a, 1, b, -1);
}
Dual operator*(const Dual& a, const Dual& b) {
  return chain(a.value * b.value, a, b.value, b, a.value);
}
Dual operator/(const Dual& a, const Dual& b) {
  return chain(a.value / b.value, a, 1 / b.value, b, -a.value / (b.value * b.value));
}
/// Of equal ones each has half of the derivative: a box that is its target has none to go.
Dual larger(const Dual& a, const Dual& b) {
  const double share = a.value > b.value ? 1 : a.value < b.value ? 0 : 0.5;
  return chain(std::max(a.value, b.value), a, share, b, 1 - share);
}
Dual smaller(const Dual& a, const Dual& b) {
  const double share = a.value < b.value ? 1 : a.value > b.value ? 0 : 0.5;
  return chain(std::min(a.value, b.value), a, share, b, 1 - share);
}
/// The angle of the point (x, y); 0 of the origin.
Dual angle(const Dual& y, const Dual& x) {
  const double squares = x.value * x.value + y.value * y.value;
  if (!(squares > 0)) return 0;
  return chain(std::atan2(y.value, x.value), y, x.value / squares, x, -y.value / squares);
}

struct Edges {
  Dual x0, y0, x1, y1;
  Dual width() const { return x1 - x0; }
  Dual height() const { return y1 - y0; }
  Dual area() const { return width() * height(); }
};
Edges constant(const Box& box) {
  return {box.x0, box.y0, box.x1, box.y1};
}
Edges variable(const Box& box) {
  Edges edges = constant(box);
  edges.x0.slope[0] = edges.y0.slope[1] = edges.x1.slope[2] = edges.y1.slope[3] = 1;
  return edges;
}

// Square pixels that keep divisors from 0.
constexpr double kTiny = 1e-7;

/// (1 - shape's likeness) times its weight (Zheng et al., equations 9 to 11).
Dual shape_term(const Edges& box, const Edges& target, double iou) {
  const Dual turn = angle(target.width(), target.height()) - angle(box.width(), box.height());
  const Dual difference = 4 / (std::numbers::pi * std::numbers::pi) * turn * turn;
  return difference.value / (1 - iou + difference.value + kTiny) * difference;
}

}  // namespace

LossAtFour iou_loss(BoxLoss kind, const Box& box, const Box& target) {
  NASNET_CHECK(kind != BoxLoss::kSmoothL1, "it is a loss of overlap");
  const Edges a = variable(box), b = constant(target);
  const Dual width = smaller(a.x1, b.x1) - larger(a.x0, b.x0);
  const Dual height = smaller(a.y1, b.y1) - larger(a.y0, b.y0);
  const bool meet = width.value > 0 && height.value > 0;
  const Dual both = meet ? width * height : Dual(0);
  const Dual either = a.area() + b.area() - both;
  const Dual iou = both / (either + kTiny);
  const Dual hull_width = larger(a.x1, b.x1) - smaller(a.x0, b.x0);
  const Dual hull_height = larger(a.y1, b.y1) - smaller(a.y0, b.y0);
  Dual loss = 1 - iou;
  if (kind == BoxLoss::kGiou) {
    const Dual hull = hull_width * hull_height;
    loss = loss + (hull - either) / (hull + kTiny);
  } else {
    // Twice the way from centre to centre.
    const Dual x = a.x0 + a.x1 - b.x0 - b.x1, y = a.y0 + a.y1 - b.y0 - b.y1;
    loss =
        loss + (x * x + y * y) / 4 / (hull_width * hull_width + hull_height * hull_height + kTiny);
    if (kind == BoxLoss::kCiou) loss = loss + shape_term(a, b, iou.value);
  }
  return {loss.value, loss.slope};
}

LossAtFour box_loss(const BoxLossSettings& settings, const boxes::Code& code, const Box& anchor,
                    const Box& target, const boxes::CodeWeights& weights) {
  LossAtFour sum;
  if (settings.kind == BoxLoss::kSmoothL1) {
    const boxes::Code wanted = boxes::encode(target, anchor, weights);
    const float differences[] = {code.x - wanted.x, code.y - wanted.y, code.width - wanted.width,
                                 code.height - wanted.height};
    for (size_t k = 0; k < 4; ++k) {
      const LossAt loss = smooth_l1(differences[k], settings.smooth);
      sum.value += settings.weight * loss.value;
      sum.slope[k] = settings.weight * loss.slope;
    }
    return sum;
  }
  const Box box = boxes::decode(code, anchor, weights);
  const auto [value, by_edge] = iou_loss(settings.kind, box, target);
  // A centre's code moves both edges alike, a size's pushes them apart, up to where it is cut off.
  const auto by_size = [](float size_code, float weight, float size) {
    return size_code / weight < boxes::kLargestLogRatio ? size / (2 * weight) : 0;
  };
  sum.value = settings.weight * value;
  sum.slope = {(by_edge[2] + by_edge[0]) * anchor.width() / weights.x,
               (by_edge[3] + by_edge[1]) * anchor.height() / weights.y,
               (by_edge[2] - by_edge[0]) * by_size(code.width, weights.width, box.width()),
               (by_edge[3] - by_edge[1]) * by_size(code.height, weights.height, box.height())};
  for (double& slope : sum.slope) slope *= settings.weight;
  return sum;
}

}  // namespace nasnet::detect
