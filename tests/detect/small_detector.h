#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/detect/backbone.h"
#include "nasnet/detect/detector_trainer.h"
#include "nasnet/detect/paper_head.h"
#include "nasnet/graph/build.h"
#include "nasnet/space/genotypes.h"

namespace nasnet::detect {

/// Red and green squares on grey; some images are empty.
inline Picture squares(int64_t number) {
  Random random(9, static_cast<uint64_t>(number), "squares");
  Picture picture;
  picture.image = {96, 128, std::vector<uint8_t>(size_t{3} * 96 * 128, 90)};
  const int count = number % 3 == 2 ? 0 : 1 + static_cast<int>(random.below(2));
  for (int k = 0; k < count; ++k) {
    const int edge = 16 + static_cast<int>(random.below(24));
    const int x = 64 * k + static_cast<int>(random.below(64U - static_cast<uint32_t>(edge)));
    const int y = static_cast<int>(random.below(96U - static_cast<uint32_t>(edge)));
    const int label = static_cast<int>(random.below(2));
    for (int row = y; row < y + edge; ++row)
      for (int column = x; column < x + edge; ++column)
        picture.image.pixels[static_cast<size_t>((row * 128 + column) * 3 + label)] = 250;
    picture.target.objects.push_back({static_cast<float>(x), static_cast<float>(y),
                                      static_cast<float>(x + edge), static_cast<float>(y + edge)});
    picture.target.labels.push_back(label);
  }
  return picture;
}

inline PictureSource source(int64_t count) {
  return {.count = count,
          .picture = squares,
          .size =
              [](int64_t) {
                return data::ImageSize{96, 128};
              },
          .name = [](int64_t k) { return "squares " + std::to_string(k); }};
}

inline const data::Normalization kNormalization{{0.4, 0.4, 0.4}, {0.2, 0.2, 0.2}};

inline std::unique_ptr<Detector> small_detector(Neck neck, int threads,
                                                BatchNorm norms = BatchNorm::kLearned,
                                                NmsClasses nms_classes = NmsClasses::kEach) {
  BackboneSettings backbone;
  backbone.batch_norm = norms;
  backbone.stack = graph::stack_settings(graph::StackKind::kMobile);
  backbone.stack.cells = 1;
  backbone.stack.filters = 8;
  backbone.neck = neck;
  backbone.channels = 16;
  backbone.finest = 8;
  DetectorSettings settings;
  for (size_t k = 0; k < level_strides(backbone).size(); ++k)
    settings.proposals.anchors.push_back({.sizes = {24.0F * static_cast<float>(k + 1)}});
  settings.proposals.kept = settings.proposals.kept_training = 40;
  settings.proposals.sample.count = 64;
  settings.regions.sample.count = 32;
  settings.regions.canonical_edge = 112;
  settings.detections.nms_classes = nms_classes;
  const auto dense = [backbone](const graph::Shape& canvas) {
    return make_dense(space::named_genotype("nasnet-a"), backbone, canvas);
  };
  const int values = region_values(dense({64, 64, 3}), settings.regions.edge);
  return std::make_unique<Detector>(dense, make_head(values, 32, 2), 2, settings,
                                    network::Computation{.threads = threads}, 3);
}

/// With the network's own last stage as the head, smaller than the paper's.
inline std::unique_ptr<Detector> paper_detector(int threads, BatchNorm norms = BatchNorm::kLearned,
                                                bool first_samples = false,
                                                int64_t cut_bytes = RegionSettings().cut_bytes) {
  BackboneSettings backbone;
  backbone.batch_norm = norms;
  backbone.stack = graph::stack_settings(graph::StackKind::kMobile);
  backbone.stack.cells = 1;
  backbone.stack.filters = 4;
  DetectorSettings settings = paper_settings();
  settings.first_samples = first_samples;
  settings.proposals.anchors[0].sizes = {16, 32};
  settings.proposals.kept = settings.proposals.kept_training = 20;
  settings.regions.sample.count = 16;
  settings.regions.cut_bytes = cut_bytes;
  backbone.anchors_per_place = 6;
  const space::Genotype genotype = space::named_genotype("nasnet-a");
  return std::make_unique<Detector>(
      [=](const graph::Shape& canvas) { return make_paper_dense(genotype, backbone, canvas); },
      make_paper_head(genotype, backbone, settings.regions.edge, 2), 2, settings,
      network::Computation{.threads = threads}, 3);
}

inline std::vector<std::vector<float>> weights_of(const Detector& detector) {
  std::vector<std::vector<float>> all;
  for (const Tensor& tensor : detector.tensors()) all.push_back(tensor.row_major());
  return all;
}

}  // namespace nasnet::detect
