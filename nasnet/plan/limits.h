#pragma once

#include <cstdint>

namespace nasnet::plan {

// Constants that the executor and the estimate of its memory share.

/// Groups of images with a partial sum of a weight's gradient each. A fixed number, so that threads
/// do not change the sums; few, as each group has a whole gradient in memory.
inline constexpr int kGroups = 8;
/// Weights with more floats than this get two groups only.
inline constexpr int64_t kLargeWeight = 1 << 18;
/// The groups for a batch and a weight of so many floats.
constexpr int groups_of(int64_t images, int64_t weight_floats) {
  const int most = weight_floats > kLargeWeight ? 2 : kGroups;
  return static_cast<int>(images < most ? images : most);
}

/// At most so many pixels of matrix rows are made at a time.
inline constexpr int64_t kMostTile = 240;

/// Bytes of the last cache that inference's arena may take, for each thread.
inline constexpr int64_t kCacheBytes = 8 << 20;
/// Images that inference takes at a time, `image_bytes` each in the arena, on one of `threads`.
constexpr int64_t images_at_once(int64_t image_bytes, int64_t threads) {
  const int64_t each = kCacheBytes / image_bytes / threads;
  return (each > 1 ? each : 1) * threads;
}

/// The arena grows by whole huge pages.
inline constexpr int64_t kHugePage = int64_t{2} << 20;

}  // namespace nasnet::plan
