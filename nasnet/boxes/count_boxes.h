#pragma once

#include <map>

#include "nasnet/boxes/detection_set.h"

namespace nasnet::boxes {

/// Numbers of images and objects.
struct BoxCounts {
  int64_t images = 0;  ///< those that hold any object, where they are of a class
  int64_t empty = 0;   ///< of these, without any object
  int64_t boxes = 0;   ///< objects, crowds left out
  int64_t crowds = 0;
  int64_t difficult = 0;  ///< of the boxes
  int64_t unusable = 0;   ///< of the boxes
  /// Of the boxes, by COCO's limits of the annotated area, 32^2 and 96^2 square pixels.
  int64_t small = 0, medium = 0, large = 0;

  void add(const Object& object);
  bool operator==(const BoxCounts&) const = default;
};

struct SetCounts {
  BoxCounts all;
  std::vector<BoxCounts> splits;                ///< as DetectionSet::splits
  std::vector<std::vector<BoxCounts>> classes;  ///< by split, then as DetectionSet::categories
  std::map<data::ImageSize, int64_t> sizes;     ///< of pictures in which boxes lie

  /// Of a class in all splits.
  BoxCounts of_class(size_t label) const;
};

SetCounts count_boxes(const DetectionSet& set);

}  // namespace nasnet::boxes
