#pragma once

#include <array>

#include "nasnet/base/enum_names.h"
#include "nasnet/boxes/box.h"
#include "nasnet/boxes/coder.h"

namespace nasnet::detect {

/// By which a box's place is learned.
enum class BoxLoss {
  kSmoothL1,  ///< of each of its codes by itself: see smooth_l1()
  kGiou,      ///< of the overlap, and of the hull's part in neither box
  kDiou,      ///< of the overlap, and of the distance of the centres
  kCiou,      ///< that, and of the difference in shape
};
constexpr EnumNames<BoxLoss, 4> names_of(BoxLoss) {
  return {{{BoxLoss::kSmoothL1, "smooth-l1"},
           {BoxLoss::kGiou, "giou"},
           {BoxLoss::kDiou, "diou"},
           {BoxLoss::kCiou, "ciou"}}};
}

struct BoxLossSettings {
  BoxLoss kind = BoxLoss::kSmoothL1;
  double smooth = 1.0 / 9;  ///< beta of smooth_l1()
  double weight = 1;        ///< of this loss in the sum
};

/// A loss and its derivatives by four numbers.
struct LossAtFour {
  double value = 0;
  std::array<double, 4> slope{};
};

/// 1 less the IoU, and what the kind adds to it; derivatives by the edges x0, y0, x1, y1 of `box`.
/// Finite for boxes without area, and flat where both boxes are the same. Sources: Rezatofighi et
/// al., "Generalized intersection over union", CVPR 2019; Zheng et al., "Distance-IoU loss", AAAI
/// 2020, of which C-IoU's weight alpha counts as a constant. Not for kSmoothL1.
LossAtFour iou_loss(BoxLoss kind, const boxes::Box& box, const boxes::Box& target);

/// Of the box that `code` places relative to `anchor`, with derivatives by the code's x, y, width
/// and height; the weight counts in both. `anchor` and `target` must have an area.
LossAtFour box_loss(const BoxLossSettings& settings, const boxes::Code& code,
                    const boxes::Box& anchor, const boxes::Box& target,
                    const boxes::CodeWeights& weights);

}  // namespace nasnet::detect
