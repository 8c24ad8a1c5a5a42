#pragma once

#include <string>

#include "nasnet/base/settings.h"

namespace nasnet::cli {

/// The settings of `nasnet data pack`.
struct PackFlags {
  std::string out, shard_size = "1GB";
  int max_side = 0, quality = 90;
};

template <class Visitor>
void visit_settings(Visitor& v, PackFlags& s) {
  v.topic("Pack");
  v("out", s.out, "folder of the shards that `nasnet data pack PATH` writes").as("DIR");
  v("shard_size", s.shard_size, "a shard ends once it has so many bytes").as("SIZE");
  v("max_side", s.max_side,
    "pack pictures whose longer side has more pixels at that size, as JPEG; 0: all as they are",
    Range{0, 65535});
  v("quality", s.quality, "of those JPEGs", Range{1, 100});
}

/// Packs a data set and says what was written.
void pack_data(const std::string& source, const PackFlags& flags, bool skip_unreadable, bool json);

}  // namespace nasnet::cli
