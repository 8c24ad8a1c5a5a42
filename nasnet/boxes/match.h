#pragma once

#include <span>
#include <vector>

#include "nasnet/boxes/box.h"

namespace nasnet::boxes {

/// An anchor that has no object.
inline constexpr int kBackground = -1;  ///< it teaches that nothing is there
inline constexpr int kIgnored = -2;     ///< it teaches nothing

/// How anchors (or proposals) get objects.
struct MatchSettings {
  float object = 0.7F;      ///< least IoU of an anchor with its object
  float background = 0.3F;  ///< below it an anchor is background; between both it is ignored
  /// Anchors for objects that no anchor overlaps enough: those whose IoU with the object is its
  /// best. An object that no anchor overlaps at all forces none.
  enum class Rescue {
    kNone,
    kAllTies,  ///< all of them, each for its own best object (torchvision, detectron2)
    kFirst,    ///< the first of them, for this object (TensorFlow's detection API)
  };
  Rescue rescue = Rescue::kAllTies;
  /// Background of which so much lies in a crowd is ignored.
  float crowd = 0.5F;
};

/// Collects the best object of each anchor and the best anchors of each object, object by object,
/// in memory of the number of anchors.
class Matcher {
 public:
  explicit Matcher(int anchors);

  /// The next object's IoUs with the anchors [first, first + overlaps.size()); with those that are
  /// never given they are 0. Objects come in order, an object's anchors too.
  void add(int object, int first, std::span<const float> overlaps);

  /// By anchor: an object's index, kBackground or kIgnored.
  std::vector<int> finish(const MatchSettings& settings);

 private:
  struct BestOfObject {
    float overlap = 0;
    std::vector<int> anchors;
  };
  std::vector<float> overlap_;  // by anchor, with its best object: the first of equal ones
  std::vector<int> object_;
  std::vector<BestOfObject> best_;
};

/// Assigns objects to anchors (Ren et al., "Faster R-CNN", section 3.1.2). `crowds`: regions of
/// objects that are not told apart. Returns, by anchor, an object's index, kBackground or kIgnored.
std::vector<int> match(std::span<const Box> anchors, std::span<const Box> objects,
                       std::span<const Box> crowds, const MatchSettings& settings);

}  // namespace nasnet::boxes
