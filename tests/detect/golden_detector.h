#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "nasnet/base/file.h"
#include "nasnet/base/safetensors.h"
#include "nasnet/detect/detector.h"

namespace nasnet::detect {

inline const std::string kGoldenDetectors = NASNET_SOURCE_DIR "/../shared/data/detection/";

/// A small detector of torchvision with all its weights and every step of its computation.
class GoldenDetector {
 public:
  explicit GoldenDetector(const std::string& kind)
      : pyramid_(kind == "fpn"),
        bytes_(read_file(kGoldenDetectors + "detector_" + kind + ".safetensors")),
        header_(parse_safetensors(bytes_, bytes_.size(), kind)) {}

  /// Any of its tensors, row-major.
  std::vector<double> values(const std::string& name) const {
    const TensorEntry& tensor = entry(name);
    std::vector<double> result;
    const char* at = bytes_.data() + header_.data_begin + tensor.begin;
    const uint64_t size = safetensors_type_size(tensor.dtype);
    for (uint64_t k = 0; k < (tensor.end - tensor.begin) / size; ++k, at += size) {
      if (tensor.dtype == "F32") {
        float value;
        std::memcpy(&value, at, sizeof value);
        result.push_back(value);
      } else if (tensor.dtype == "F64") {
        double value;
        std::memcpy(&value, at, sizeof value);
        result.push_back(value);
      } else {
        int64_t value;
        std::memcpy(&value, at, sizeof value);
        result.push_back(static_cast<double>(value));
      }
    }
    return result;
  }
  const std::vector<int64_t>& shape(const std::string& name) const { return entry(name).shape; }
  bool pyramid() const { return pyramid_; }

  DetectorSettings settings() const {
    DetectorSettings settings;
    ProposalSettings& proposals = settings.proposals;
    if (pyramid_) {
      for (const float size : {8.0F, 16.0F, 32.0F, 64.0F})
        proposals.anchors.push_back({.sizes = {size}, .rounded = true});
    } else {
      proposals.anchors = {{.sizes = {16, 32, 64}, .rounded = true}};
    }
    proposals.per_level = 100;
    proposals.per_level_training = 200;
    proposals.kept = 30;
    proposals.kept_training = 60;
    proposals.sample.count = 32;
    settings.regions.edge = 5;
    settings.regions.aligned = false;
    settings.regions.sample.count = 24;
    settings.detections.score = 0.1F;
    settings.detections.most = 20;
    settings.first_samples = true;
    return settings;
  }

  DenseGraph dense(const graph::Shape& canvas) const {
    DenseGraph dense;
    dense.graph.settings.input = canvas;
    graph::Builder builder(dense.graph);
    builder.begin_section("all", canvas, {});
    std::vector<int> maps;
    int x = builder.input(canvas);
    constexpr int kWidths[] = {6, 8, 10, 12};
    for (size_t k = 0; k < 4; ++k) {
      const std::string scope = "stem_" + std::to_string(k);
      x = builder.conv(x, scope, kWidths[k], 3, 2);
      dense.graph.operators.back().centred = true;
      x = builder.relu(builder.bias(x, scope));
      maps.push_back(x);
    }
    std::vector<int> levels = {x};
    dense.strides = {16};
    if (pyramid_) {
      levels = add_pyramid(builder, {maps[1], maps[2], maps[3]}, 8);
      dense.strides = {4, 8, 16, 32};
    }
    dense.maps = pyramid_ ? 3 : 1;
    dense.outputs.assign(levels.begin(), levels.begin() + dense.maps);
    const std::vector<int> heads =
        add_proposal_heads(builder, levels, {builder.shape(levels[0]).channels, pyramid_ ? 3 : 9});
    dense.outputs.insert(dense.outputs.end(), heads.begin(), heads.end());
    builder.end_section(x);
    return dense;
  }

  std::unique_ptr<Detector> make(int threads = 1,
                                 network::Kernels kernels = network::Kernels::kFused) const {
    auto detector =
        std::make_unique<Detector>([*this](const graph::Shape& canvas) { return dense(canvas); },
                                   make_head(25 * (pyramid_ ? 8 : 12), 24, 3), 3, settings(),
                                   network::Computation{.kernels = kernels, .threads = threads}, 1);
    for (size_t k = 0; k < detector->parameters().size(); ++k) {
      const std::vector<double> wide = weight(detector->parameters()[k].name);
      detector->tensors()[k].set_row_major(std::vector<float>(wide.begin(), wide.end()));
    }
    return detector;
  }

  /// A parameter's name there.
  std::string their_name(const std::string& name) const {
    const size_t slash = name.rfind('/');
    std::string scope = name.substr(0, slash);
    const std::string part = name.substr(slash) == "/weights" ? ".weight" : ".bias";
    const auto numbered = [&](const std::string& begin, const std::string& theirs,
                              const std::string& end) {
      if (scope.starts_with(begin)) scope = theirs + scope.substr(begin.size()) + end;
    };
    numbered("stem_", "backbone.stem.convs.", "");
    numbered("pyramid/lateral_", "backbone.fpn.inner_blocks.", ".0");
    numbered("pyramid/output_", "backbone.fpn.layer_blocks.", ".0");
    for (const auto& [ours, theirs] :
         {std::pair{"proposals/tower", "rpn.head.conv.0.0"},
          std::pair{"proposals/objectness", "rpn.head.cls_logits"},
          std::pair{"proposals/codes", "rpn.head.bbox_pred"},
          std::pair{"box_head/hidden_0", "roi_heads.box_head.fc6"},
          std::pair{"box_head/hidden_1", "roi_heads.box_head.fc7"},
          std::pair{"box_head/classes", "roi_heads.box_predictor.cls_score"},
          std::pair{"box_head/codes", "roi_heads.box_predictor.bbox_pred"}})
      if (scope == ours) scope = theirs;
    return scope + part;
  }

  std::vector<double> weight(const std::string& name) const {
    std::vector<double> theirs = values("weight." + their_name(name));
    if (name == "box_head/hidden_0/weights") {  // channels are innermost here
      const int64_t bins = 25, channels = pyramid_ ? 8 : 12;
      std::vector<double> ours(theirs.size());
      for (int64_t row = 0; row < 24; ++row)
        for (int64_t c = 0; c < channels; ++c)
          for (int64_t bin = 0; bin < bins; ++bin)
            ours[static_cast<size_t>((row * bins + bin) * channels + c)] =
                theirs[static_cast<size_t>((row * channels + c) * bins + bin)];
      return ours;
    }
    if (name.starts_with("box_head/codes"))  // background has none here
      theirs.erase(theirs.begin(), theirs.begin() + static_cast<std::ptrdiff_t>(theirs.size() / 4));
    return theirs;
  }

  /// The images, normalised and resized as torchvision does, on canvases of 128 x 128.
  ImageBatch batch(bool with_empty = false) const {
    ImageBatch batch;
    const std::vector<double> exact = pixels(with_empty);
    const std::vector<float> rows(exact.begin(), exact.end());
    batch.images = Tensor({std::ssize(rows) / (3 * 128 * 128), 3, 128, 128});
    batch.images.set_row_major(rows);
    for (int64_t n = 0; n < batch.images.extent(0); ++n)
      batch.content.push_back(resized(static_cast<size_t>(n)));
    return batch;
  }
  /// Their values, row-major.
  std::vector<double> pixels(bool with_empty = false) const {
    const size_t count = with_empty ? 3 : 2;
    std::vector<double> rows(count * 3 * 128 * 128);
    for (size_t n = 0; n < count; ++n) {
      const data::ImageSize from = size_of(n), to = resized(n);
      const std::vector<double> pixels =
          n < 2 ? values("image" + std::to_string(n)) : std::vector<double>(3 * 80 * 80, 0.5);
      for (size_t c = 0; c < 3; ++c)
        resize(pixels.data() + c * static_cast<size_t>(from.height * from.width), c, from, to,
               rows.data() + (n * 3 + c) * 128 * 128);
    }
    return rows;
  }

  std::vector<Target> targets(bool with_empty = false) const {
    std::vector<Target> targets;
    for (size_t n = 0; n < 2; ++n) {
      const std::vector<double> boxes = values("boxes" + std::to_string(n));
      Target& target = targets.emplace_back();
      const auto [y, x] = growth(n);
      for (size_t k = 0; k < boxes.size(); k += 4)
        target.objects.push_back(
            {static_cast<float>(boxes[k] * x), static_cast<float>(boxes[k + 1] * y),
             static_cast<float>(boxes[k + 2] * x), static_cast<float>(boxes[k + 3] * y)});
      for (const double label : values("labels" + std::to_string(n)))
        target.labels.push_back(static_cast<int>(label) - 1);
    }
    if (with_empty) targets.emplace_back();
    return targets;
  }

  /// By how much image n's height and width grow.
  std::pair<double, double> growth(size_t n) const {
    const data::ImageSize from = size_of(n), to = resized(n);
    return {static_cast<double>(to.height) / from.height,
            static_cast<double>(to.width) / from.width};
  }

 private:
  const TensorEntry& entry(const std::string& name) const {
    for (const TensorEntry& tensor : header_.tensors)
      if (tensor.name == name) return tensor;
    throw std::runtime_error("no tensor " + name);
  }
  data::ImageSize size_of(size_t n) const {
    if (n == 2) return {80, 80};
    const std::vector<int64_t>& shape = entry("image" + std::to_string(n)).shape;
    return {static_cast<int>(shape[1]), static_cast<int>(shape[2])};
  }
  data::ImageSize resized(size_t n) const {
    if (n == 2) return {96, 96};
    const std::vector<double> sizes = values("eval.sizes");
    return {static_cast<int>(sizes[2 * n]), static_cast<int>(sizes[2 * n + 1])};
  }
  static void resize(const double* from, size_t channel, const data::ImageSize& size,
                     const data::ImageSize& to, double* out) {
    constexpr double kMean[] = {0.485, 0.456, 0.406}, kDeviation[] = {0.229, 0.224, 0.225};
    const auto place = [](int index, int before, int after) {
      return std::max((index + 0.5) * before / after - 0.5, 0.0);
    };
    for (int i = 0; i < to.height; ++i)
      for (int j = 0; j < to.width; ++j) {
        const double y = place(i, size.height, to.height), x = place(j, size.width, to.width);
        const int top = static_cast<int>(y), left = static_cast<int>(x);
        const int below = std::min(top + 1, size.height - 1),
                  right = std::min(left + 1, size.width - 1);
        const auto at = [&](int row, int column) {
          return (from[row * size.width + column] - kMean[channel]) / kDeviation[channel];
        };
        const double v = y - top, u = x - left;
        out[i * 128 + j] = (1 - v) * ((1 - u) * at(top, left) + u * at(top, right)) +
                           v * ((1 - u) * at(below, left) + u * at(below, right));
      }
  }

  bool pyramid_;
  std::string bytes_;
  SafetensorsHeader header_;
};

}  // namespace nasnet::detect
