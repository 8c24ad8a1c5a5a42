#include "nasnet/detect/compare_onnx.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nasnet/base/error.h"
#include "nasnet/base/number_types.h"
#include "nasnet/base/random.h"

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
    const int height = canvas_edge(size.height), width = canvas_edge(size.width);
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

/// Largest difference as a share of the largest value that is expected, at least 1.
double share_of_difference(const Tensor& expected, const OnnxTensor& found, int64_t count) {
  // As in the file: of images channels first, of regions row by row.
  const std::vector<float> values =
      expected.extent(0) == 1 && count < 0
          ? expected.row_major()
          : std::vector<float>(expected.data(), expected.data() + count);
  if (!all_finite(values))
    throw NotANumber(
        "the detector answers with what is not a number: its weights or running statistics are "
        "broken");
  if (found.floats.size() != values.size() || !all_finite(found.floats)) return kInfinity;
  double difference = 0, largest = 1;
  for (size_t k = 0; k < values.size(); ++k) {
    difference = std::max(difference, std::abs(double{values[k]} - found.floats[k]));
    largest = std::max(largest, std::abs(double{values[k]}));
  }
  return difference / largest;
}

double difference(const Box& a, const Box& b) {
  const float edges[] = {a.x0 - b.x0, a.y0 - b.y0, a.x1 - b.x1, a.y1 - b.y1};
  double largest = 0;
  for (const float edge : edges) largest = std::max(largest, double{std::abs(edge)});
  return largest;
}

std::vector<Box> boxes_of(const OnnxTensor& tensor) {
  std::vector<Box> boxes;
  for (size_t k = 0; k + 4 <= tensor.floats.size(); k += 4)
    boxes.push_back(
        {tensor.floats[k], tensor.floats[k + 1], tensor.floats[k + 2], tensor.floats[k + 3]});
  return boxes;
}

/// Lists of detections one by one.
void add_differences(const std::vector<Detected>& expected, const std::vector<Detected>& found,
                     OnnxComparison& result) {
  if (expected.size() != found.size()) result.box = kInfinity;
  for (size_t k = 0; k < std::min(expected.size(), found.size()); ++k) {
    if (expected[k].label != found[k].label) result.box = kInfinity;
    result.box = std::max(result.box, difference(expected[k].box, found[k].box));
    result.score = std::max(result.score, std::abs(double{expected[k].score} - found[k].score));
  }
}

}  // namespace

OnnxComparison compare(Detector& detector, const DetectorOnnx& file, const data::ImageSize& size,
                       bool noise) {
  const Given given(size, noise);
  std::vector<std::string> names = file.dense;
  names.insert(names.end(), file.head.begin(), file.head.end());
  names.insert(names.end(), {file.regions, "boxes", "scores", "labels"});
  const exchange::OnnxTensors found =
      exchange::evaluate_onnx(file.model, {{"images", given.image}}, names);
  OnnxComparison result;

  // The dense network, then the file's values in place of the detector's.
  std::vector<Tensor> outputs = detector.infer_dense(given.batch);
  for (size_t k = 0; k < outputs.size(); ++k) {
    const OnnxTensor& theirs = found.at(file.dense[k]);
    result.network = std::max(result.network, share_of_difference(outputs[k], theirs, -1));
    if (theirs.floats.size() != outputs[k].values().size()) return result;
    outputs[k].set_row_major(theirs.floats);
  }

  // The regions that these values propose.
  const std::vector<Box> regions = boxes_of(found.at(file.regions));
  const std::vector<Box> proposed = detector.propose(given.batch, outputs)[0];
  if (regions.size() != proposed.size()) result.region = kInfinity;
  for (size_t k = 0; k < std::min(regions.size(), proposed.size()); ++k)
    result.region = std::max(result.region, difference(regions[k], proposed[k]));
  result.regions = std::ssize(regions);
  const std::vector<float>& scores = found.at("scores").floats;
  const std::vector<Box> boxes = boxes_of(found.at("boxes"));
  result.detections = std::ssize(scores);
  if (regions.empty()) {
    if (!scores.empty()) result.box = kInfinity;
    return result;
  }

  // The second stage on the file's regions, as every class sees them.
  const std::vector<Tensor> head = detector.infer_head(given.batch, outputs, {regions});
  for (size_t k = 0; k < head.size(); ++k) {
    const OnnxTensor& theirs = found.at(file.head[k]);
    const int64_t row = k == 0 ? detector.classes() + 1 : 4 * detector.classes();
    result.network =
        std::max(result.network, share_of_difference(head[k], theirs, row * result.regions));
  }
  if (!(result.network < kInfinity)) return result;
  const auto judge = [&](const float* logits, const float* codes) {
    return detector.judge(regions, logits, codes, size, -1);
  };
  std::vector<Detected> judged =
      judge(found.at(file.head[0]).floats.data(), found.at(file.head[1]).floats.data());
  add_differences(judge(head[0].data(), head[1].data()), judged, result);

  // The detections that are chosen of the file's.
  std::vector<Detected> chosen;
  for (size_t k = 0; k < scores.size(); ++k)
    chosen.push_back({boxes[k], static_cast<int>(found.at("labels").integers[k]), scores[k]});
  std::erase_if(judged, [&](const Detected& one) {
    return !(one.score > detector.settings().detections.score);
  });
  add_differences(detector.choose(judged), chosen, result);
  return result;
}

}  // namespace nasnet::detect
