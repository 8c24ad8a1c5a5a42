#include "nasnet/boxes/match.h"

#include <algorithm>
#include <array>

#include "nasnet/base/check.h"
#include "nasnet/boxes/overlaps.h"

// Which anchors learn which object (Ren et al., "Faster R-CNN", section 3.1.2). The matrix of all
// IoUs is never stored: 3,000 objects on 250,000 anchors would take 3 GB. Instead each object goes
// over the anchors once, and leaves with each the best one so far, and its own best anchors.

namespace nasnet::boxes {
namespace {

/// Anchors by coordinate, in groups that stand side by side in the list, with the box around each
/// group: most objects meet few groups, for anchors of a map come row by row.
class Anchors {
 public:
  explicit Anchors(std::span<const Box> anchors)
      : blocks((anchors.size() + BoxBlock::kBoxes - 1) / BoxBlock::kBoxes),
        around((anchors.size() + kGroup - 1) / kGroup) {
    for (size_t k = 0; k < anchors.size(); ++k) {
      const Box& anchor = anchors[k];
      blocks[k / BoxBlock::kBoxes].set(k % BoxBlock::kBoxes, anchor);
      Box& all = around[k / kGroup];
      if (k % kGroup == 0) all = anchor;
      all = {std::min(all.x0, anchor.x0), std::min(all.y0, anchor.y0), std::max(all.x1, anchor.x1),
             std::max(all.y1, anchor.y1)};
    }
  }

  // The IoUs of a group fill one array on the stack.
  static constexpr size_t kBlocks = 4, kGroup = kBlocks * BoxBlock::kBoxes;
  std::vector<BoxBlock> blocks;
  std::vector<Box> around;
};

}  // namespace

Matcher::Matcher(int anchors)
    : overlap_(static_cast<size_t>(anchors)), object_(static_cast<size_t>(anchors), 0) {}

void Matcher::add(int object, int first, std::span<const float> overlaps) {
  const auto index = static_cast<size_t>(object);
  NASNET_CHECK(index + 1 >= best_.size(), "objects come in order");
  if (index >= best_.size()) best_.resize(index + 1);
  BestOfObject& best = best_[index];
  const float most = keep_larger(overlaps, object, overlap_.data() + first, object_.data() + first);
  // A best overlap of 0 rescues no anchor: all those that touch nothing would tie for it.
  if (most == 0 || most < best.overlap) return;
  // A later part of the anchors may only tie with the best so far, and is added to it then.
  if (most > best.overlap) best.anchors.clear();
  best.overlap = most;
  for (size_t i = 0; i < overlaps.size(); ++i)
    if (overlaps[i] == most) best.anchors.push_back(first + static_cast<int>(i));
}

std::vector<int> Matcher::finish(const MatchSettings& settings) {
  std::vector<int> matches(overlap_.size());
  for (size_t k = 0; k < matches.size(); ++k) {
    matches[k] = overlap_[k] >= settings.object
                     ? object_[k]
                     : (overlap_[k] < settings.background ? kBackground : kIgnored);
  }
  if (settings.rescue == MatchSettings::Rescue::kAllTies) {
    // Of its own best object, which may be another than the one that rescues it.
    for (const BestOfObject& best : best_)
      for (const int anchor : best.anchors)
        matches[static_cast<size_t>(anchor)] = object_[static_cast<size_t>(anchor)];
  } else if (settings.rescue == MatchSettings::Rescue::kFirst) {
    // From the last: an anchor that two objects want is the first one's.
    for (size_t object = best_.size(); object-- > 0;)
      if (!best_[object].anchors.empty())
        matches[static_cast<size_t>(best_[object].anchors.front())] = static_cast<int>(object);
  }
  return matches;
}

std::vector<int> match(std::span<const Box> anchors, std::span<const Box> objects,
                       std::span<const Box> crowds, const MatchSettings& settings) {
  Matcher matcher(static_cast<int>(anchors.size()));
  const Anchors grouped(anchors);
  std::array<float, Anchors::kGroup> overlaps;
  for (size_t object = 0; object < objects.size(); ++object) {
    for (size_t k = 0; k < grouped.around.size(); ++k) {
      // Most groups lie apart from the object, and cost one comparison for all of their anchors.
      if (!(intersection(grouped.around[k], objects[object]) > 0)) continue;
      const size_t first = k * Anchors::kGroup;
      const size_t count = std::min(Anchors::kGroup, anchors.size() - first);
      const size_t block = k * Anchors::kBlocks;
      overlaps_with(std::span(grouped.blocks)
                        .subspan(block, std::min(Anchors::kBlocks, grouped.blocks.size() - block)),
                    objects[object], overlaps.data());
      matcher.add(static_cast<int>(object), static_cast<int>(first),
                  std::span(overlaps).first(count));
    }
  }
  // Crowds come last: what they cover is not known to be background, but an object there counts.
  std::vector<int> matches = matcher.finish(settings);
  for (const Box& crowd : crowds)
    for (size_t k = 0; k < matches.size(); ++k)
      if (matches[k] == kBackground && covered(anchors[k], crowd) >= settings.crowd)
        matches[k] = kIgnored;
  return matches;
}

}  // namespace nasnet::boxes
