#pragma once

#include <string>
#include <vector>

#include "nasnet/search/goals/measurements.h"
#include "nasnet/space/search_space.h"

namespace nasnet::search {

/// Counts the quantities of a candidate that are known before it is evaluated: its parameters, its
/// multiply-adds. May be called from several threads; the same candidate has the same quantities,
/// everywhere and always.
class Counter {
 public:
  virtual ~Counter() = default;
  /// The names of the quantities, as limits and goals have them.
  virtual std::vector<std::string> quantities() const = 0;
  /// Those that are named, and others that cost nothing more. Throws InputError for a candidate
  /// that has none (a table lacks it).
  virtual Measurements count(const space::Choices& choices,
                             const std::vector<std::string>& names) const = 0;
};

}  // namespace nasnet::search
