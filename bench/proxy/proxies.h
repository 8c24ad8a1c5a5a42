#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/search/evaluators/child.h"

namespace nasnet::bench {

/// One way to judge a cell.
struct Proxy {
  std::string name;
  search::ChildSettings settings;
  uint64_t seed = 2;  ///< of the split into images to train on and to measure on, and of the rest
};

/// The proxy that the others vary: one epoch of 2,000 images of 14 x 14 pixels. Stated whole,
/// so that a proxy of a name stays the same when a child's defaults change.
Proxy plain_proxy();
/// The reference of all proxies. It measures on images that no proxy's seed has chosen.
Proxy long_training();
/// A child with today's defaults.
Proxy default_child();

/// The plain proxy, changed as the words say: NAME=VALUE with the names of `nasnet search`, and
/// `seed`; or "plain", "child" (default_child()) or "long" (long_training()), changed by the words
/// that follow. Throws InputError for a word that is no setting.
Proxy parse_proxy(const std::string& words);

/// The proxies whose table stands in docs/proxy.md. "long seed=2", the long training again from
/// other weights and on other images, tells how well any could rank.
std::vector<std::string> documented_proxies();

}  // namespace nasnet::bench
