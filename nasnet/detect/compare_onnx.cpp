#include "nasnet/detect/compare_onnx.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/base/error.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/random.h"
#include "nasnet/detect/picture.h"

namespace nasnet::detect {
namespace {

using boxes::Box;
using exchange::OnnxTensor;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Both ways to give one picture: to the file, and to the detector on its canvas.
struct Given {
  OnnxTensor image;
  ImageBatch batch;

  Given(const data::ImageSize& size, bool noise) {
    const auto [height, width] = canvas_of(size);
    std::vector<float> canvas(size_t{3} * static_cast<size_t>(height) * static_cast<size_t>(width));
    image.shape = {1, 3, size.height, size.width};
    Random random(1, 0, "images of an export's check");
    for (int row = 0; row < 3 * size.height; ++row) {
      float* to = canvas.data() + (int64_t{row / size.height} * height + row % size.height) * width;
      for (int column = 0; column < size.width; ++column) {
        to[column] = noise ? static_cast<float>(random.normal()) : 0.5F;
        image.floats.push_back(to[column]);
      }
    }
    batch = {Tensor({1, 3, height, width}), {size}};
    batch.images.set_row_major(canvas);
  }
};

/// NaN counts as infinity: a maximum would pass it over.
void raise(double& largest, double difference) {
  largest = std::isnan(difference) ? kInfinity : std::max(largest, difference);
}

/// Largest difference as a share of the largest value that is expected, at least 1.
double share_of_difference(const std::vector<float>& expected, const std::vector<float>& found) {
  if (!all_finite(expected))
    throw NotANumber(
        "the detector's answers are not numbers: its weights or running statistics are broken");
  if (found.size() != expected.size()) return kInfinity;
  double difference = 0, largest = 1;
  for (size_t k = 0; k < expected.size(); ++k) {
    raise(difference, std::abs(double{expected[k]} - found[k]));
    raise(largest, std::abs(double{expected[k]}));
  }
  return difference / largest;
}

double difference(const Box& a, const Box& b) {
  double largest = 0;
  for (const float edge : {a.x0 - b.x0, a.y0 - b.y0, a.x1 - b.x1, a.y1 - b.y1})
    raise(largest, std::abs(edge));
  return largest;
}

std::vector<Box> boxes_of(const OnnxTensor& tensor) {
  std::vector<Box> boxes;
  for (size_t k = 0; k + 4 <= tensor.floats.size(); k += 4)
    boxes.push_back(
        {tensor.floats[k], tensor.floats[k + 1], tensor.floats[k + 2], tensor.floats[k + 3]});
  return boxes;
}

/// One comparison, stage by stage.
class Comparing {
 public:
  Comparing(Detector& detector, const DetectorOnnx& file, const data::ImageSize& size, bool noise)
      : detector_(detector), file_(file), given_(size, noise) {
    std::vector<std::string> names = file.dense;
    names.insert(names.end(), file.head.begin(), file.head.end());
    names.insert(names.end(), {file.regions, "boxes", "scores", "labels"});
    found_ = exchange::evaluate_onnx(file.model, {{"images", given_.image}}, names);
    regions_ = boxes_of(found_.at(file.regions));
  }

  OnnxComparison run() {
    compare_maps();
    // Values that do not even fit cannot be given to the next stage.
    if (result_.network < kInfinity) compare_regions();
    if (result_.network < kInfinity) compare_detections(judged());
    return result_;
  }

 private:
  const std::vector<float>& floats(const std::string& name) const { return found_.at(name).floats; }

  /// The dense network's outputs, which then are the file's.
  void compare_maps() {
    outputs_ = detector_.infer_dense(given_.batch);
    for (size_t k = 0; k < outputs_.size(); ++k) {
      const std::vector<float>& values = floats(file_.dense[k]);
      raise(result_.network, share_of_difference(outputs_[k].row_major(), values));
      if (result_.network < kInfinity) outputs_[k].set_row_major(values);
    }
  }

  void compare_regions() {
    const std::vector<Box> proposed = detector_.propose(given_.batch, outputs_)[0];
    if (regions_.size() != proposed.size()) result_.region = kInfinity;
    for (size_t k = 0; k < std::min(regions_.size(), proposed.size()); ++k)
      raise(result_.region, difference(regions_[k], proposed[k]));
    result_.regions = std::ssize(regions_);
  }

  /// Compares the second stage on the file's regions, as every class sees them. Returns the file's.
  std::vector<Detected> judged() {
    if (regions_.empty()) return {};
    const RegionOutputs head = detector_.infer_head(given_.batch, outputs_, {regions_});
    raise(result_.network, share_of_difference(head.scores, floats(file_.head[0])));
    raise(result_.network, share_of_difference(head.codes, floats(file_.head[1])));
    if (!(result_.network < kInfinity)) return {};
    const auto judge = [&](const float* scores, const float* codes) {
      return detect::judge(regions_, scores, codes, given_.batch.content[0], -1,
                           detector_.classes());
    };
    std::vector<Detected> theirs =
        judge(floats(file_.head[0]).data(), floats(file_.head[1]).data());
    add_differences(judge(head.scores.data(), head.codes.data()), theirs);
    return theirs;
  }

  void compare_detections(std::vector<Detected> judged) {
    const std::vector<float>& scores = floats("scores");
    const std::vector<Box> boxes = boxes_of(found_.at("boxes"));
    std::vector<Detected> chosen;
    for (size_t k = 0; k < scores.size(); ++k)
      chosen.push_back({boxes[k], static_cast<int>(found_.at("labels").integers[k]), scores[k]});
    std::erase_if(judged, [&](const Detected& one) {
      return !(one.score > detector_.settings().detections.score);
    });
    add_differences(choose(judged, detector_.settings().detections), chosen);
    result_.detections = std::ssize(scores);
  }

  /// Of lists one by one.
  void add_differences(const std::vector<Detected>& expected, const std::vector<Detected>& found) {
    if (expected.size() != found.size()) result_.box = kInfinity;
    for (size_t k = 0; k < std::min(expected.size(), found.size()); ++k) {
      if (expected[k].label != found[k].label) result_.box = kInfinity;
      raise(result_.box, difference(expected[k].box, found[k].box));
      raise(result_.score, std::abs(double{expected[k].score} - found[k].score));
    }
  }

  Detector& detector_;
  const DetectorOnnx& file_;
  const Given given_;
  exchange::OnnxTensors found_;  // results of the file
  std::vector<Box> regions_;     // of them
  std::vector<Tensor> outputs_;
  OnnxComparison result_;
};

}  // namespace

OnnxComparison compare(Detector& detector, const DetectorOnnx& file, const data::ImageSize& size,
                       bool noise) {
  return Comparing(detector, file, size, noise).run();
}

}  // namespace nasnet::detect
