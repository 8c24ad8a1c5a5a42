#include "nasnet/detect/detector_design.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include "nasnet/base/error.h"
#include "nasnet/detect/paper_head.h"

// From the few settings that users see to all of a detector's.

namespace nasnet::detect {
namespace {

// A loss of overlap is at most 2, and few regions have objects: with this weight it is about as
// large as that of codes, which have weights of 10 and 5 themselves (as in MMDetection).
constexpr double kOverlapWeight = 10;

/// Else regions are found on one map.
bool has_pyramid(const DetectorDesign& design) {
  return design.head == Head::kLayers && design.neck == Neck::kPyramid;
}

/// Sizes of anchors of each design: a pyramid has one a level, a single map all of them.
size_t anchor_count(const DetectorDesign& design) {
  constexpr size_t kOfOneMap = 4;
  return has_pyramid(design) ? level_strides(backbone_of(design, {})).size() : kOfOneMap;
}

std::vector<float> anchor_edges(const DetectorDesign& design) {
  std::vector<float> edges;
  std::istringstream list(design.anchors);
  for (std::string text; std::getline(list, text, ',');) {
    float edge = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), edge);
    if (error != std::errc() || end != text.data() + text.size() || !(edge >= 1 && edge <= 8192))
      throw InputError(fmt::format("--anchors: '{}' is no edge from 1 to 8192 pixels", text));
    edges.push_back(edge);
  }
  if (edges.size() != anchor_count(design))
    throw InputError(
        fmt::format("--anchors takes {} edges here, not {}", anchor_count(design), edges.size()));
  return edges;
}

int anchors_per_place(const DetectorDesign& design) {
  const int shapes = boxes::AnchorSettings{.sizes = {1}}.per_place();
  return has_pyramid(design) ? shapes : shapes * static_cast<int>(anchor_count(design));
}

}  // namespace

DetectorDesign paper_design() {
  DetectorDesign design;
  const graph::StackSettings stack = graph::stack_settings(graph::StackKind::kLarge);
  design.stack = stack.stack;
  design.cells = stack.cells;
  design.filters = stack.filters;
  design.head = Head::kPaper;
  design.shortest = design.longest = 1200;
  design.anchors = "64,128,256,512";
  design.proposals = 300;
  design.overlap = 0.6;
  design.anchor_sample = 256;
  design.region_sample = 64;
  return design;
}

ResizeSettings resize_of(const DetectorDesign& design) {
  return {.shortest = design.shortest, .longest = std::max(design.shortest, design.longest)};
}

BackboneSettings backbone_of(const DetectorDesign& design, graph::Pooling pooling) {
  BackboneSettings settings;
  settings.stack = graph::stack_settings(design.stack);
  settings.stack.cells = design.cells;
  settings.stack.filters = design.filters;
  settings.stack.pooling = pooling;
  settings.neck = design.neck;
  settings.channels = design.pyramid_channels;
  settings.finest = design.finest_stride;
  return settings;
}

void check_strides(const DetectorDesign& design) {
  if (design.finest_stride != 4 && design.finest_stride != 8)
    throw InputError(fmt::format("--finest-stride {}: it is 4 or 8", design.finest_stride));
}

DetectorSettings settings_of(const DetectorDesign& design) {
  check_strides(design);
  const std::vector<float> edges = anchor_edges(design);
  DetectorSettings settings = design.head == Head::kPaper ? paper_settings() : DetectorSettings();
  ProposalSettings& proposals = settings.proposals;
  if (design.head == Head::kPaper) {
    proposals.anchors[0].sizes = edges;
    proposals.kept = proposals.kept_training = design.proposals;
  } else {
    proposals.anchors.clear();
    if (design.neck == Neck::kSingle) {
      proposals.anchors = {{.sizes = edges, .offset = 0.5F}};
    } else {
      for (const float edge : edges) proposals.anchors.push_back({.sizes = {edge}, .offset = 0.5F});
    }
    // Of each level some more than are kept of all, since suppression takes most of them.
    proposals.per_level = 3 * design.proposals;
    proposals.per_level_training = 4 * design.proposals;
    proposals.kept = design.proposals;
    proposals.kept_training = design.proposals + design.proposals / 2;
    // An object of an anchor's size is cut out of the map one level finer than the anchor's own,
    // where it has more places; 224 for anchors of 128 at stride 16, as in the FPN's paper.
    const float of_stride_16 =
        design.neck == Neck::kSingle
            ? edges[edges.size() / 2]
            : edges[static_cast<size_t>(std::log2(16 / design.finest_stride))];
    settings.regions.canonical_edge = 1.75F * of_stride_16;
  }
  proposals.sample.count = design.anchor_sample;
  settings.regions.sample.count = design.region_sample;
  if (design.box_loss != BoxLoss::kSmoothL1)
    settings.regions.box_loss = {.kind = design.box_loss, .weight = kOverlapWeight};
  return settings;
}

DetectionSettings detections_of(const DetectorDesign& design, double score) {
  return {.score = static_cast<float>(score),
          .overlap = design.overlap,
          .nms_classes = design.nms_classes,
          .most = design.detections};
}

std::string measured_anchors(const DetectorDesign& design,
                             const std::vector<boxes::DetectionImage>& images) {
  std::vector<double> edges;
  for (const boxes::DetectionImage& image : images) {
    const data::ImageSize size = resized({image.height, image.width}, resize_of(design));
    const double scale = static_cast<double>(size.height) / image.height;
    for (const boxes::Object& object : image.objects)
      if (object.usable && !object.crowd && !object.difficult)
        edges.push_back(scale * std::sqrt(static_cast<double>(object.box.area())));
  }
  const size_t count = anchor_count(design);
  // From the finest map's stride, an octave each, to this many strides more: the middle.
  const double finest = has_pyramid(design) ? design.finest_stride : 8;
  const double middle = finest * std::exp2(static_cast<double>(count - 1) / 2);
  double strides = 4;
  if (!edges.empty()) {
    const auto median = edges.begin() + static_cast<std::ptrdiff_t>(edges.size() / 2);
    std::nth_element(edges.begin(), median, edges.end());
    // Beyond these a map would be too coarse, or too fine, for the objects that it is asked for.
    strides = std::clamp(*median / middle, 2.0, 8.0);
  }
  std::string anchors;
  for (size_t k = 0; k < count; ++k)
    anchors += fmt::format("{}{}", k == 0 ? "" : ",",
                           std::lround(finest * strides * std::exp2(static_cast<double>(k))));
  return anchors;
}

DetectorGraphs make_graphs(const space::Genotype& genotype, const DetectorDesign& design,
                           graph::Pooling pooling, int classes, BatchNorm norms) {
  BackboneSettings backbone = backbone_of(design, pooling);
  backbone.batch_norm = norms;
  backbone.anchors_per_place = anchors_per_place(design);
  if (design.head == Head::kPaper)
    return {[genotype, backbone](const graph::Shape& canvas) {
              return make_paper_dense(genotype, backbone, canvas);
            },
            make_paper_head(genotype, backbone, paper_settings().regions.edge, classes)};
  const auto dense = [genotype, backbone](const graph::Shape& canvas) {
    return make_dense(genotype, backbone, canvas);
  };
  constexpr graph::Shape kAny = {64, 64, 3};  // a region's values do not depend on it
  return {dense,
          make_head(region_values(dense(kAny), RegionSettings().edge), design.head_width, classes)};
}

std::unique_ptr<Detector> make_detector(const space::Genotype& genotype,
                                        const DetectorDesign& design, graph::Pooling pooling,
                                        int classes, BatchNorm norms, double score,
                                        const network::Computation& computation, uint64_t seed) {
  DetectorSettings settings = settings_of(design);
  settings.detections = detections_of(design, score);
  DetectorGraphs graphs = make_graphs(genotype, design, pooling, classes, norms);
  return std::make_unique<Detector>(std::move(graphs.dense), std::move(graphs.head), classes,
                                    std::move(settings), computation, seed);
}

}  // namespace nasnet::detect
