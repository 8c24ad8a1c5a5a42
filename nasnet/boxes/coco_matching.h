#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "nasnet/boxes/coco_metric.h"

namespace nasnet::boxes {

/// Least and greatest area of a size range; both belong to it.
struct AreaLimits {
  double least, greatest;
  bool holds(double area) const { return area >= least && area <= greatest; }
};
inline constexpr std::array<AreaLimits, kSizeCount> kAreaLimits = {
    {{0, 1e10}, {0, 32 * 32}, {32 * 32, 96 * 96}, {96 * 96, 1e10}}};

/// By size range, one bit an IoU threshold.
using Outcomes = std::array<uint16_t, kSizeCount>;
static_assert(kIouCount <= 16);

/// How a detection fares.
struct Outcome {
  Outcomes found{};    ///< it has an object of its own
  Outcomes ignored{};  ///< it is neither right nor wrong
};

/// Matches detections of one class in one image, the best first, with the objects there.
class Matching {
 public:
  /// Returns an outcome for each detection, valid until the next call.
  std::span<const Outcome> match(std::span<const TruthObject> objects,
                                 std::span<const Detection> detections);

 private:
  void overlap(std::span<const TruthObject> objects, std::span<const Detection> detections);
  void match_at(SizeRange size, int threshold, std::span<const TruthObject> objects);

  std::vector<Outcome> outcomes_;
  std::vector<double> overlaps_;  // [detection][object]
  std::vector<int> candidates_;   // detections that overlap an object enough for any threshold
  std::vector<int> order_;        // objects that count, then the others
  std::vector<uint8_t> taken_;
  int counting_ = 0;  // of order_
};

/// Does the object count in this size range? Else it is ignored there.
bool counts(const TruthObject& object, SizeRange size);

}  // namespace nasnet::boxes
