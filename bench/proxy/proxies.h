#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/search/child.h"

namespace nasnet::bench {

/// One way to judge a cell.
struct Proxy {
  std::string name;  ///< the settings that differ, "batch=64 epochs=1"; "" the long training
  search::ChildSettings settings;
  uint64_t seed = 2;  ///< of the split into images to train on and to measure on, and of the rest
};

/// Changes `base` as the words say: NAME=VALUE, with the names of `nasnet search`, and `seed`.
/// Throws InputError for a word that is no setting.
Proxy parse_proxy(const std::string& words, Proxy base);

/// What all others are compared with. It measures on images that no proxy's seed has chosen.
Proxy long_training();
/// A child with today's defaults.
Proxy child();
/// The proxies whose table stands in docs/proxy.md.
std::vector<std::string> documented_proxies();

}  // namespace nasnet::bench
