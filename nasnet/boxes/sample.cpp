#include "nasnet/boxes/sample.h"

#include <algorithm>

#include "nasnet/boxes/match.h"

// The sample that a step learns from (Ren et al., "Faster R-CNN", section 3.1.3): nearly all
// anchors are background, and the few with an object would not be heard among them. Objects are
// drawn first, since background fills what they leave.

namespace nasnet::boxes {
namespace {

/// Keeps `count` of the indices, drawn without replacement, in ascending order.
void keep(std::vector<int>& indices, size_t count, std::optional<Random>& random) {
  if (indices.size() <= count) return;
  if (random) {
    // The first steps of a Fisher-Yates shuffle: as many random numbers as places.
    for (size_t k = 0; k < count; ++k)
      std::swap(indices[k], indices[k + random->below(static_cast<uint32_t>(indices.size() - k))]);
  }
  // Back into ascending order, in which losses are summed: without `random` nothing has changed.
  indices.resize(count);
  std::sort(indices.begin(), indices.end());
}

}  // namespace

Sample sample(std::span<const int> matches, const SampleSettings& settings,
              std::optional<Random> random) {
  Sample drawn;
  for (size_t k = 0; k < matches.size(); ++k) {
    if (matches[k] >= 0) {
      drawn.objects.push_back(static_cast<int>(k));
    } else if (matches[k] == kBackground) {
      drawn.background.push_back(static_cast<int>(k));
    }
  }
  // Rounded down, as other programs do.
  keep(drawn.objects, static_cast<size_t>(settings.count * settings.objects), random);
  keep(drawn.background, static_cast<size_t>(settings.count) - drawn.objects.size(), random);
  return drawn;
}

}  // namespace nasnet::boxes
