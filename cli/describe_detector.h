#pragma once

#include <optional>
#include <string>

#include "nasnet/base/enum_names.h"
#include "nasnet/base/settings.h"
#include "nasnet/detect/detector_design.h"

namespace nasnet::cli {

/// --neck and --head of `nasnet train` in one.
enum class DetectorKind { kPyramid, kSingle, kPaper };
constexpr EnumNames<DetectorKind, 3> names_of(DetectorKind) {
  return {{{DetectorKind::kPyramid, "fpn"},
           {DetectorKind::kSingle, "single"},
           {DetectorKind::kPaper, "paper"}}};
}

/// The settings of `nasnet describe --detector` that counts depend on.
struct DescribeDetector {
  std::optional<DetectorKind> kind;
  graph::StackKind stack = graph::StackKind::kMobile;
  std::optional<int> cells, filters, classes, proposals;
  std::string input;
  int pyramid_channels = detect::DetectorDesign().pyramid_channels;
  int finest_stride = detect::DetectorDesign().finest_stride;
  int head_width = detect::DetectorDesign().head_width;
};

template <class Visitor>
void visit_settings(Visitor& v, DescribeDetector& s) {
  v.topic("Detector");
  v("detector", s.kind,
    "the genotype as a detector: on a pyramid (fpn), on one map of stride 16 (single), or with its "
    "own last stage over each proposal, as in the paper; of 90 classes if not given, on 480x640x3, "
    "the paper's on 600x600x3, or 1200x1200x3 of a large stack");
  v("stack", s.stack,
    "network that the cells are stacked to: for small images (cifar), or a published one for "
    "ImageNet");
  v("cells", s.cells, "N, normal cells a stage; without it the stack's published number",
    Range{1, 100});
  v("filters", s.filters, "F, filters of the first stage; without it the published number",
    Range{1, 4096});
  v("classes", s.classes, "without background", Range{1, 1000000});
  v("input", s.input, "height x width x channels of the pictures").as("HxWxC");
  v("proposals", s.proposals, "regions that the second stage looks at; 100 if not given, paper 300",
    Range{1, 100000});
  v("pyramid_channels", s.pyramid_channels, "of each of the pyramid's maps", Range{1, 4096});
  v("finest_stride", s.finest_stride, "of the pyramid's finest map, 4 or 8", Range{4, 8});
  v("head_width", s.head_width, "of the hidden layers of fpn and single", Range{1, 65536});
}

/// Prints shapes, parameters and multiply-adds of trunk, maps, proposal heads, and of the second
/// stage for one proposal. Throws InputError for a genotype or stack that cannot be a detector's.
void describe_detector(const std::string& genotype, const DescribeDetector& request, bool json);

}  // namespace nasnet::cli
