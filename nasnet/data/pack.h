#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/data/dataset.h"

namespace nasnet::data {

struct PackSettings {
  std::string out;  ///< the folder of the shards, made where it is missing
  int64_t shard_bytes = 1'000'000'000;
  /// Pictures whose longer side has more pixels are made so small and packed as JPEG; 0: none.
  int max_side = 0;
  int quality = 90;  ///< of those JPEGs, libjpeg's
  bool skip_unreadable = false;
};

/// That was written, and what was not.
struct Packed {
  int64_t images = 0, shards = 0, bytes = 0;  ///< in all, with those that were there
  int64_t shards_before = 0;                  ///< that an earlier call had written
  std::vector<Unreadable> unreadable;         ///< only with skip_unreadable
  std::vector<LeftOutImages> left_out;
  LeftOutKinds ignored;
};

/// Writes the pictures of a folder or an archive as plain tars in WebDataset's form,
/// TRAIN-000000.tar and so on, in a random order that is always the same. Read again, the shards
/// have the classes, splits, paths, order and bytes of the source. A shard is there whole or not at
/// all: where an earlier call was interrupted, this one goes on behind its last shard. Throws
/// InputError where the source has no classes, or where `out` holds anything else.
Packed pack(const std::string& where, const PackSettings& settings);

}  // namespace nasnet::data
