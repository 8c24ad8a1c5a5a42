#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/base/enum_names.h"
#include "nasnet/boxes/anchors.h"
#include "nasnet/boxes/coder.h"
#include "nasnet/boxes/match.h"
#include "nasnet/boxes/sample.h"
#include "nasnet/detect/box_loss.h"

namespace nasnet::detect {

/// How the first stage proposes regions.
struct ProposalSettings {
  std::vector<boxes::AnchorSettings> anchors;       ///< by level
  int per_level = 1000, per_level_training = 2000;  ///< best anchors of a level that are decoded
  int kept = 1000, kept_training = 1000;            ///< regions of an image, after suppression
  double overlap = 0.7;                             ///< IoU above which the lower score goes
  float smallest = 1e-3F;                           ///< edge of a region in pixels
  boxes::MatchSettings match;
  boxes::SampleSettings sample{.count = 256, .objects = 0.5};
  boxes::CodeWeights weights;  ///< of the codes
  BoxLossSettings box_loss;
  /// Anchors that reach over the image's edge are ignored in training.
  bool inside_only = false;
};

/// How the second stage looks at regions.
struct RegionSettings {
  int edge = 7;     ///< bins along each edge of a region
  int samples = 2;  ///< see kernels::RoiAlignShape
  bool aligned = true;
  bool corners = false;  ///< as TensorFlow's crop_and_resize: see kernels::RoiAlignShape
  /// Edge in pixels of the square that goes to the level of stride 2^canonical_level; others by
  /// their size (Lin et al., "Feature pyramid networks", CVPR 2017, equation 1).
  float canonical_edge = 224;
  int canonical_level = 4;
  boxes::MatchSettings match{
      .object = 0.5F, .background = 0.5F, .rescue = boxes::MatchSettings::Rescue::kNone};
  boxes::SampleSettings sample{.count = 512, .objects = 0.25};
  BoxLossSettings box_loss;
  /// Objects themselves are regions to learn from, too: at first nothing else lies near enough.
  bool with_objects = true;
  /// Regions that the second stage works on at a time, in bytes of their cuts: see RegionStage.
  int64_t cut_bytes = int64_t{32} << 20;
};

/// Which better detections drop one that overlaps them.
enum class NmsClasses {
  kEach,  ///< those of its class: a rider may sit in the horse's box
  kAll,   ///< those of any class: one box a thing
};
constexpr EnumNames<NmsClasses, 2> names_of(NmsClasses) {
  return {{{NmsClasses::kEach, "each"}, {NmsClasses::kAll, "all"}}};
}

/// Which detections are given.
struct DetectionSettings {
  float score = 0.05F;   ///< the least
  double overlap = 0.5;  ///< IoU with a better one, above which one is dropped
  NmsClasses nms_classes = NmsClasses::kEach;
  int most = 100;          ///< of an image
  float smallest = 1e-2F;  ///< edge in pixels
};

struct DetectorSettings {
  ProposalSettings proposals;
  RegionSettings regions;
  DetectionSettings detections;
  /// Sums of losses are divided by the sample of their image, and by the number of images, as
  /// TensorFlow's detection API has it; else by the sample of the whole batch.
  bool mean_by_image = false;
  /// The samples are the first candidates by index: for comparisons with other programs.
  bool first_samples = false;
};

}  // namespace nasnet::detect
