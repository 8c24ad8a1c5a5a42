#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/enum_names.h"
#include "nasnet/base/settings.h"
#include "nasnet/boxes/detection_set.h"
#include "nasnet/detect/backbone.h"
#include "nasnet/detect/detector.h"
#include "nasnet/detect/picture.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/cell.h"

namespace nasnet::detect {

/// The second stage's network.
enum class Head {
  kLayers,  ///< two hidden layers over RoIAlign's bins
  kPaper,   ///< the network's own last stage over crops of 17 x 17: see paper_head.h
};
constexpr EnumNames<Head, 2> names_of(Head) {
  return {{{Head::kLayers, "layers"}, {Head::kPaper, "paper"}}};
}

/// Everything that makes a detector of a genotype: the verbs' settings, kept with the model. The
/// defaults train in minutes on a laptop's processor; preset_design() has the published ones.
struct DetectorDesign {
  graph::StackKind stack = graph::StackKind::kMobile;
  int cells = 1, filters = 12;
  Neck neck = Neck::kPyramid;
  Head head = Head::kLayers;
  int pyramid_channels = 48;
  int finest_stride = 8;
  int head_width = 128;
  int shortest = 480, longest = 800;
  std::string anchors;  ///< edges in pixels, with commas between; "": see measured_anchors()
  int proposals = 100;
  double overlap = 0.5;
  NmsClasses nms_classes = NmsClasses::kEach;
  int detections = 100;
  int anchor_sample = 128, region_sample = 64;
  BoxLoss box_loss = BoxLoss::kSmoothL1;
  bool operator==(const DetectorDesign&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, DetectorDesign& s) {
  v.topic("Detector, where the data has boxes");
  v("stack", s.stack, "network that the cells are stacked to: mobile or large").everyone_needs_it();
  v("cells", s.cells, "N, normal cells a stage", Range{1, 100}).everyone_needs_it();
  v("filters", s.filters, "F, filters of the first stage", Range{1, 4096}).everyone_needs_it();
  v("shortest", s.shortest, "pixels of the shorter edge that pictures are resized to",
    Range{32, 8192})
      .everyone_needs_it();
  v("longest", s.longest,
    "most pixels of the longer edge: a picture that would have more is made smaller",
    Range{32, 8192})
      .everyone_needs_it();
  v("neck", s.neck,
    "the maps that regions are found on: a pyramid of several strides, or one map of stride 16");
  v("head", s.head,
    "layers that judge each region: two hidden ones, or the network's own last stage as in the "
    "paper, which costs as much as 9 to 32 whole networks and leaves --neck out of account");
  v("pyramid_channels", s.pyramid_channels, "channels of each of the pyramid's maps",
    Range{1, 4096});
  v("finest_stride", s.finest_stride,
    "stride of the pyramid's finest map, 4 or 8: 4 finds smaller objects, and takes longer",
    Range{4, 8});
  v("head_width", s.head_width, "values of each hidden layer of --head layers", Range{1, 65536});
  v("anchors", s.anchors,
    "edges of the anchors in pixels of the resized picture, one for each of the pyramid's strides; "
    "without it they are measured on the training boxes")
      .as("N,...");
  v("proposals", s.proposals,
    "regions of an image that the second stage looks at; half as many more in training",
    Range{1, 100000});
  v("overlap", s.overlap, "IoU with a better one above which a detection is dropped", Range{0, 1});
  v("nms_classes", s.nms_classes,
    "better detections that drop an overlapping one: those of its class (each), or of any (all), "
    "for one box a thing");
  v("detections", s.detections, "most detections of an image", Range{1, 100000});
  v("anchor_sample", s.anchor_sample, "anchors of an image that a step learns from",
    Range{2, 1000000});
  v("region_sample", s.region_sample, "regions of an image that a step learns from",
    Range{2, 1000000});
  v("box_loss", s.box_loss,
    "by which the second stage learns places: smooth-l1 of codes, or a loss of the boxes' overlap "
    "(giou, diou, ciou)");
}

/// The published detector (paper, section 4.4; TensorFlow's faster_rcnn_nas): NASNet-A (6 @ 4032)
/// with the paper's head on pictures of 1200 pixels.
DetectorDesign paper_design();

ResizeSettings resize_of(const DetectorDesign& design);
BackboneSettings backbone_of(const DetectorDesign& design, graph::Pooling pooling);
/// Throws InputError for a finest stride other than 4 and 8.
void check_strides(const DetectorDesign& design);
/// Throws InputError where the anchors are no numbers, or not as many as the levels have, and for a
/// finest stride other than 4 and 8.
DetectorSettings settings_of(const DetectorDesign& design);

/// The detections of this design with a score above `score`.
DetectionSettings detections_of(const DetectorDesign& design, double score);

/// The least score of detections that are measured: average precision looks at all of them, and
/// those with less hardly add to it.
inline constexpr double kMeasuredScore = 0.02;

/// Edges of anchors, an octave apart, for objects as the training images have them: the median edge
/// of their boxes at the detector's size lies in the middle. Without boxes those of objects of four
/// strides.
std::string measured_anchors(const DetectorDesign& design,
                             const std::vector<boxes::DetectionImage>& images);

/// The networks of a detector, without values.
struct DetectorGraphs {
  Detector::MakeDense dense;
  HeadGraph head;
};

/// Those of this design, their batch norms not kAuto. Throws InputError as make_dense() does.
DetectorGraphs make_graphs(const space::Genotype& genotype, const DetectorDesign& design,
                           graph::Pooling pooling, int classes, BatchNorm norms);

/// A detector of this design, its batch norms not kAuto, that gives detections with a score above
/// `score`. Throws InputError as make_dense() and settings_of() do.
std::unique_ptr<Detector> make_detector(const space::Genotype& genotype,
                                        const DetectorDesign& design, graph::Pooling pooling,
                                        int classes, BatchNorm norms, double score,
                                        const network::Computation& computation, uint64_t seed);

}  // namespace nasnet::detect
