#pragma once

// Which channels of which buffers have been written, while a plan is made or checked.

#include <algorithm>
#include <map>
#include <vector>

#include "nasnet/plan/plan.h"

namespace nasnet::plan {

/// A set of channels of buffers.
class Cover {
 public:
  /// How many channels of the region are in the set.
  int count(const Region& region) {
    const std::vector<bool>& channels = of(region);
    return static_cast<int>(std::count(channels.begin() + region.channel,
                                       channels.begin() + region.channel + region.channels, true));
  }
  void add(const Region& region) {
    std::vector<bool>& channels = of(region);
    std::fill_n(channels.begin() + region.channel, region.channels, true);
  }

 private:
  std::vector<bool>& of(const Region& region) {
    std::vector<bool>& channels = buffers_[region.buffer];
    channels.resize(std::max<size_t>(channels.size(), region.channel + region.channels));
    return channels;
  }
  std::map<int, std::vector<bool>> buffers_;
};

}  // namespace nasnet::plan
