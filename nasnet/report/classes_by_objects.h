#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "nasnet/boxes/coco_truth.h"

namespace nasnet::report {

/// All classes, those with most objects first; equal ones in their order.
inline std::vector<int> classes_by_objects(const boxes::Truth& truth) {
  std::vector<int64_t> objects(truth.names.size());
  for (const boxes::TruthObject& object : truth.objects)
    ++objects[static_cast<size_t>(object.category)];
  std::vector<int> classes(objects.size());
  std::iota(classes.begin(), classes.end(), 0);
  std::ranges::stable_sort(classes, std::greater(),
                           [&](int index) { return objects[static_cast<size_t>(index)]; });
  return classes;
}

}  // namespace nasnet::report
