#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "nasnet/boxes/coco_truth.h"

namespace nasnet::boxes {

/// The settings of COCO's metric. None can be changed: numbers would not be comparable.
inline constexpr int kIouCount = 10;      ///< thresholds .50, .55, ... .95
inline constexpr int kRecallCount = 101;  ///< recalls 0, .01, ... 1
inline constexpr int kCapCount = 3;       ///< at most 1, 10, 100 detections of a class in an image
inline constexpr std::array<int, kCapCount> kCaps = {1, 10, 100};
enum class SizeRange { kAll, kSmall, kMedium, kLarge };  ///< by area: <= 32^2, <= 96^2, above
inline constexpr int kSizeCount = 4;

/// The doubles that the official code compares with: numpy's linspace(.5, .95, 10).
double iou_threshold(int index);

/// Average precision and recall of one class, or of all; -1 where no object counts.
struct CocoNumbers {
  double ap = -1, ap50 = -1, ap75 = -1, ap_small = -1, ap_medium = -1, ap_large = -1;
  double ar1 = -1, ar10 = -1, ar100 = -1, ar_small = -1, ar_medium = -1, ar_large = -1;

  /// In the order in which COCO's tools print them, that of the members.
  std::array<double, 12> all() const;
  static CocoNumbers of(const std::array<double, 12>& all);
};

/// The metric's names as COCO's tools print them and a short key for JSON ("AP50"), in that order.
struct CocoNumberName {
  const char* key;
  const char* words;  ///< "Average precision at IoU .50"
};
const std::array<CocoNumberName, 12>& coco_number_names();

/// Precision and recall of detections, for each class, IoU threshold, size range and cap.
class CocoMetric {
 public:
  /// [IoU][recall][class][size][cap]: the best precision at this recall or a higher one; -1 where
  /// no object counts.
  const std::vector<double>& precision() const { return precision_; }
  /// [IoU][class][size][cap]: the recall of all detections; -1 where no object counts.
  const std::vector<double>& recall() const { return recall_; }
  int classes() const { return classes_; }

  CocoNumbers numbers() const { return mean(0, classes_); }
  CocoNumbers of_class(int index) const { return mean(index, index + 1); }
  /// Precision at the 101 recalls, of all sizes and 100 detections; -1 as above.
  std::vector<double> curve(int class_index, int iou_index) const;

 private:
  friend CocoMetric measure(const Truth& truth, std::vector<Detection> detections, bool by_class);
  CocoNumbers mean(int first, int end) const;

  int classes_ = 0;
  std::vector<double> precision_, recall_;
};

/// COCO's metric for boxes, to the last digit of the official code (cocoapi's cocoeval.py, bbox):
/// greedy matching by score, image by image, at each threshold; 101 points of the precision that
/// does not fall. `by_class` false: classes are not told apart (there is one, of index 0).
/// Equal scores keep the order of images and, within one, the file's.
CocoMetric measure(const Truth& truth, std::vector<Detection> detections, bool by_class = true);

}  // namespace nasnet::boxes
