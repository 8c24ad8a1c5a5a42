#include "nasnet/boxes/overlaps.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nasnet/boxes/overlaps.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Overlaps of one box with many, several at once. Suppression and assignment spend their time here.
// IoUs are computed in float32, in the order of operations that other programs have: bars are
// compared with them, and the last digit decides at ties.

HWY_BEFORE_NAMESPACE();
namespace nasnet::boxes {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, BoxBlock::kBoxes>;
using Vector = hn::Vec<Tag>;

/// A box in every lane.
struct Spread {
  Vector x0, y0, x1, y1, area;
  explicit Spread(const Box& box)
      : x0(hn::Set(Tag(), box.x0)),
        y0(hn::Set(Tag(), box.y0)),
        x1(hn::Set(Tag(), box.x1)),
        y1(hn::Set(Tag(), box.y1)),
        area(hn::Set(Tag(), box.area())) {}
};

/// Areas that the box has in common with those of the block from `lane` on.
HWY_INLINE Vector common_areas(const Spread& box, const BoxBlock& block, size_t lane) {
  const Tag tag;
  const Vector width = hn::Sub(hn::Min(hn::Load(tag, &block.x1[lane]), box.x1),
                               hn::Max(hn::Load(tag, &block.x0[lane]), box.x0));
  const Vector height = hn::Sub(hn::Min(hn::Load(tag, &block.y1[lane]), box.y1),
                                hn::Max(hn::Load(tag, &block.y0[lane]), box.y0));
  return hn::Mul(hn::ZeroIfNegative(width), hn::ZeroIfNegative(height));
}

/// Areas of the unions, given those in common; above 0 where these are.
HWY_INLINE Vector joined_areas(const Spread& box, const BoxBlock& block, size_t lane,
                               Vector common) {
  return hn::Sub(hn::Add(box.area, hn::Load(Tag(), &block.area[lane])), common);
}

bool AnyOverlapAbove(std::span<const BoxBlock> blocks, const Box& one, float threshold) {
  const Tag tag;
  const Spread box(one);
  const Vector bar = hn::Set(tag, threshold);
  for (const BoxBlock& block : blocks)
    for (size_t lane = 0; lane < BoxBlock::kBoxes; lane += hn::Lanes(tag)) {
      const Vector common = common_areas(box, block, lane);
      // Few boxes touch; divisions take longest.
      if (hn::AllFalse(tag, hn::Gt(common, hn::Zero(tag)))) continue;
      const Vector overlap = hn::Div(common, joined_areas(box, block, lane, common));
      if (!hn::AllFalse(tag, hn::Gt(overlap, bar))) return true;
    }
  return false;
}

void OverlapsWith(std::span<const BoxBlock> blocks, const Box& one, float* overlaps) {
  const Tag tag;
  const Spread box(one);
  for (const BoxBlock& block : blocks)
    for (size_t lane = 0; lane < BoxBlock::kBoxes; lane += hn::Lanes(tag)) {
      const Vector common = common_areas(box, block, lane);
      const auto touches = hn::Gt(common, hn::Zero(tag));
      Vector overlap = hn::Zero(tag);
      if (!hn::AllFalse(tag, touches))
        overlap =
            hn::IfThenElseZero(touches, hn::Div(common, joined_areas(box, block, lane, common)));
      hn::StoreU(overlap, tag, overlaps);
      overlaps += hn::Lanes(tag);
    }
}

float KeepLarger(std::span<const float> overlaps, int object, float* known, int* known_object) {
  const Tag tag;
  const hn::RebindToSigned<Tag> integers;
  const auto mine = hn::Set(integers, object);
  Vector most = hn::Zero(tag);
  size_t k = 0;
  for (; k + hn::Lanes(tag) <= overlaps.size(); k += hn::Lanes(tag)) {
    const Vector overlap = hn::LoadU(tag, &overlaps[k]);
    const Vector before = hn::LoadU(tag, known + k);
    most = hn::Max(most, overlap);
    const auto better = hn::Gt(overlap, before);
    if (hn::AllFalse(tag, better)) continue;
    hn::StoreU(hn::IfThenElse(better, overlap, before), tag, known + k);
    const auto theirs = hn::LoadU(integers, known_object + k);
    hn::StoreU(hn::IfThenElse(hn::RebindMask(integers, better), mine, theirs), integers,
               known_object + k);
  }
  float largest = hn::GetLane(hn::MaxOfLanes(tag, most));
  for (; k < overlaps.size(); ++k) {
    // The rest that fills no vector.
    if (overlaps[k] > largest) largest = overlaps[k];
    if (!(overlaps[k] > known[k])) continue;
    known[k] = overlaps[k];
    known_object[k] = object;
  }
  return largest;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace nasnet::boxes
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nasnet::boxes {

HWY_EXPORT(AnyOverlapAbove);
HWY_EXPORT(OverlapsWith);
HWY_EXPORT(KeepLarger);

bool any_overlap_above(std::span<const BoxBlock> blocks, const Box& box, float threshold) {
  return HWY_DYNAMIC_DISPATCH(AnyOverlapAbove)(blocks, box, threshold);
}

void overlaps_with(std::span<const BoxBlock> blocks, const Box& box, float* overlaps) {
  HWY_DYNAMIC_DISPATCH(OverlapsWith)(blocks, box, overlaps);
}

float keep_larger(std::span<const float> overlaps, int object, float* known, int* known_object) {
  return HWY_DYNAMIC_DISPATCH(KeepLarger)(overlaps, object, known, known_object);
}

}  // namespace nasnet::boxes
#endif
