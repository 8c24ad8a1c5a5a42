#include "nasnet/boxes/count_boxes.h"

#include <set>

// Counts for `nasnet data`: one pass over the images of each split. Images of a class are counted
// once however many of its objects they hold, so that they are no sums over objects.

namespace nasnet::boxes {
namespace {

void add(const BoxCounts& some, BoxCounts& sum) {
  sum.images += some.images;
  sum.empty += some.empty;
  sum.boxes += some.boxes;
  sum.crowds += some.crowds;
  sum.difficult += some.difficult;
  sum.unusable += some.unusable;
  sum.small += some.small;
  sum.medium += some.medium;
  sum.large += some.large;
}

}  // namespace

void BoxCounts::add(const Object& object) {
  if (object.crowd) {
    ++crowds;
    return;
  }
  ++boxes;
  if (object.difficult) ++difficult;
  if (!object.usable) ++unusable;
  // COCO's limits of the annotated area. An object of just 32 x 32 pixels is medium here; the
  // metric counts it in both ranges.
  ++(object.area < 32 * 32 ? small : object.area < 96 * 96 ? medium : large);
}

BoxCounts SetCounts::of_class(size_t label) const {
  BoxCounts sum;
  for (const std::vector<BoxCounts>& split : classes) add(split[label], sum);
  return sum;
}

SetCounts count_boxes(const DetectionSet& set) {
  SetCounts counts;
  for (const DetectionSplit& split : set.splits) {
    BoxCounts of_split;
    std::vector<BoxCounts> of_class(set.categories.size());
    for (const DetectionImage& image : split.images) {
      ++of_split.images;
      ++counts.sizes[{image.height, image.width}];
      if (image.objects.empty()) ++of_split.empty;
      std::set<int> labels;
      for (const Object& object : image.objects) {
        of_split.add(object);
        of_class[object.label].add(object);
        if (labels.insert(object.label).second) ++of_class[object.label].images;
      }
    }
    add(of_split, counts.all);
    counts.splits.push_back(of_split);
    counts.classes.push_back(std::move(of_class));
  }
  return counts;
}

}  // namespace nasnet::boxes
