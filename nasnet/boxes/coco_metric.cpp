#include "nasnet/boxes/coco_metric.h"

#include <algorithm>
#include <numeric>

#include "nasnet/boxes/coco_matching.h"

// COCO's metric in one pass over classes: objects and detections are brought into the order of
// classes and images by counting sorts, each image is matched once for all size ranges and
// thresholds, and one ranking of a class serves all ranges and caps.

namespace nasnet::boxes {
namespace {

constexpr int64_t kClassValues = kSizeCount * kCapCount;  // side by side in both arrays

/// A detection of a class among those of all images.
struct Ranked {
  double score = 0;
  int place = 0;  ///< among those of its image, the best first
  Outcome outcome;
};

/// Stable counting sort by a small non-negative key.
template <class T, class Key>
void sort_by(std::vector<T>& values, int keys, Key key) {
  std::vector<size_t> next(static_cast<size_t>(keys) + 1);
  for (const T& value : values) ++next[static_cast<size_t>(key(value)) + 1];
  std::partial_sum(next.begin(), next.end(), next.begin());
  std::vector<T> sorted(values.size());
  for (const T& value : values) sorted[next[static_cast<size_t>(key(value))]++] = value;
  values = std::move(sorted);
}

/// Brings objects or detections into the order of classes, images, the file. Where classes are not
/// told apart, those of an image are in the order of classes and the file.
template <class T>
void group(std::vector<T>& values, const Truth& truth, bool by_class) {
  const auto image = [](const T& value) { return value.image; };
  const auto category = [](const T& value) { return value.category; };
  const int images = static_cast<int>(truth.images.size());
  const int categories = static_cast<int>(truth.categories.size());
  if (by_class) {
    sort_by(values, images, image);
    sort_by(values, categories, category);
  } else {
    sort_by(values, categories, category);
    sort_by(values, images, image);
    for (T& value : values) value.category = 0;
  }
}

/// The first values, as long as they are of this class and image; takes them off `rest`.
template <class T>
std::span<T> take_image(std::span<T>& rest, int category, int image) {
  size_t count = 0;
  while (count < rest.size() && rest[count].category == category && rest[count].image == image)
    ++count;
  const std::span<T> taken = rest.first(count);
  rest = rest.subspan(count);
  return taken;
}

/// Right and wrong detections of one class so far, the best first, at every threshold.
struct Tally {
  int64_t wrong_at_all = 0;
  std::array<int64_t, kIouCount> right{}, wrong{};
  std::array<std::vector<double>, kIouCount> precisions;  ///< each time one was right

  void add(uint16_t found, uint16_t ignored) {
    if (found == 0) {  // outside the size range at all thresholds or at none
      wrong_at_all += ignored == 0;
      return;
    }
    for (size_t t = 0; t < kIouCount; ++t) {
      if ((ignored >> t & 1) != 0) continue;
      if ((found >> t & 1) == 0) {
        ++wrong[t];
        continue;
      }
      const auto hits = static_cast<double>(++right[t]);
      const auto misses = static_cast<double>(wrong[t] + wrong_at_all);
      precisions[t].push_back(hits / (misses + hits + 0x1p-52));
    }
  }
};

/// The detections of one class in all images, and how many objects they could find.
class Ranking {
 public:
  /// Takes the objects and detections of the class off the grouped lists.
  void rank(int category, std::span<TruthObject>& objects, std::span<Detection>& detections) {
    ranked_.clear();
    counting_ = {};
    const auto of_class = [&](const auto& rest) {
      return !rest.empty() && rest.front().category == category;
    };
    // Images by ascending index, those with only objects or only detections among them.
    while (of_class(objects) || of_class(detections)) {
      int image = INT32_MAX;
      if (of_class(objects)) image = objects.front().image;
      if (of_class(detections)) image = std::min(image, detections.front().image);
      add_image(take_image(objects, category, image), take_image(detections, category, image));
    }
    // Stable: equal scores keep the order of images, and with it the official numbers.
    std::stable_sort(ranked_.begin(), ranked_.end(), kBestFirst);
  }

  /// Objects that count in the size range.
  int64_t counting(size_t size) const { return counting_[size]; }

  /// With the best `cap` detections of each image.
  Tally tally(size_t size, int cap) const {
    Tally tally;
    for (const Ranked& detection : ranked_)
      if (detection.place < cap)
        tally.add(detection.outcome.found[size], detection.outcome.ignored[size]);
    return tally;
  }

 private:
  static constexpr auto kBestFirst = [](const auto& a, const auto& b) { return a.score > b.score; };

  void add_image(std::span<const TruthObject> objects, std::span<Detection> detections) {
    for (size_t size = 0; size < kSizeCount; ++size)
      counting_[size] += std::count_if(
          objects.begin(), objects.end(),
          [&](const TruthObject& object) { return counts(object, static_cast<SizeRange>(size)); });
    std::stable_sort(detections.begin(), detections.end(), kBestFirst);
    // More than the largest cap never count.
    detections = detections.first(std::min<size_t>(detections.size(), kCaps.back()));
    const std::span<const Outcome> outcomes = matching_.match(objects, detections);
    for (size_t d = 0; d < detections.size(); ++d)
      ranked_.push_back({detections[d].score, static_cast<int>(d), outcomes[d]});
  }

  Matching matching_;
  std::vector<Ranked> ranked_;
  std::array<int64_t, kSizeCount> counting_{};
};

/// Writes the precision at each recall, which is the best at this one or a higher. It is read at
/// the first place with so much recall, which is where a detection was right.
void read_curve(std::vector<double>& precisions, int64_t objects, double* at, int64_t stride) {
  // From the right, so that precision does not rise again with recall.
  for (size_t k = precisions.size(); k-- > 1;)
    precisions[k - 1] = std::max(precisions[k - 1], precisions[k]);
  size_t place = 0;
  for (int r = 0; r < kRecallCount; ++r) {
    // The official recalls: k * 0.01, and 1 itself at the end.
    const double wanted = r == kRecallCount - 1 ? 1 : r * 0.01;
    while (place < precisions.size() &&
           static_cast<double>(place + 1) / static_cast<double>(objects) < wanted)
      ++place;
    at[r * stride] = place < precisions.size() ? precisions[place] : 0;
  }
}

}  // namespace

double iou_threshold(int index) {
  return index == kIouCount - 1 ? 0.95 : 0.5 + index * ((0.95 - 0.5) / 9);
}

std::array<double, 12> CocoNumbers::all() const {
  return {ap,  ap50, ap75,  ap_small, ap_medium, ap_large,
          ar1, ar10, ar100, ar_small, ar_medium, ar_large};
}

CocoNumbers CocoNumbers::of(const std::array<double, 12>& n) {
  return {n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11]};
}

const std::array<CocoNumberName, 12>& coco_number_names() {
  static const std::array<CocoNumberName, 12> names = {{
      {"AP", "average precision, mean over IoU .50 to .95"},
      {"AP50", "average precision at IoU .50"},
      {"AP75", "average precision at IoU .75"},
      {"APs", "AP of small objects, area up to 32 x 32"},
      {"APm", "AP of medium objects, area up to 96 x 96"},
      {"APl", "AP of large objects"},
      {"AR1", "average recall, one detection a class and image"},
      {"AR10", "average recall, ten detections"},
      {"AR100", "average recall, a hundred detections"},
      {"ARs", "AR100 of small objects"},
      {"ARm", "AR100 of medium objects"},
      {"ARl", "AR100 of large objects"},
  }};
  return names;
}

CocoMetric measure(const Truth& truth, std::vector<Detection> detections, bool by_class) {
  std::vector<TruthObject> objects = truth.objects;
  group(objects, truth, by_class);
  group(detections, truth, by_class);

  CocoMetric metric;
  metric.classes_ = by_class ? static_cast<int>(truth.categories.size()) : 1;
  // Values of one recall (or threshold): classes, then size ranges, then caps.
  const int64_t row = metric.classes_ * kClassValues;
  metric.precision_.assign(static_cast<size_t>(kIouCount * kRecallCount * row), -1);
  metric.recall_.assign(static_cast<size_t>(kIouCount * row), -1);

  std::span<TruthObject> rest_of_objects(objects);
  std::span<Detection> rest_of_detections(detections);
  Ranking ranking;
  for (int category = 0; category < metric.classes_; ++category) {
    ranking.rank(category, rest_of_objects, rest_of_detections);
    for (size_t size = 0; size < kSizeCount; ++size) {
      const int64_t counting = ranking.counting(size);
      // -1 stays, which the means leave out.
      if (counting == 0) continue;
      for (size_t cap = 0; cap < kCapCount; ++cap) {
        Tally tally = ranking.tally(size, kCaps[cap]);
        const int64_t column =
            category * kClassValues + static_cast<int64_t>(size * kCapCount + cap);
        for (size_t t = 0; t < kIouCount; ++t) {
          const int64_t line = static_cast<int64_t>(t) * row + column;
          metric.recall_[static_cast<size_t>(line)] =
              static_cast<double>(tally.right[t]) / static_cast<double>(counting);
          read_curve(tally.precisions[t], counting,
                     &metric.precision_[t * kRecallCount * static_cast<size_t>(row) +
                                        static_cast<size_t>(column)],
                     row);
        }
      }
    }
  }
  return metric;
}

CocoNumbers CocoMetric::mean(int first, int end) const {
  const int64_t row = classes_ * kClassValues;
  // Over the classes that have objects, and over thresholds (and recalls).
  const auto average = [&](const std::vector<double>& values, int rows, int first_row,
                           SizeRange size, int cap) {
    double sum = 0;
    int64_t count = 0;
    for (int64_t r = first_row; r < first_row + rows; ++r)
      for (int64_t k = first; k < end; ++k) {
        const double value = values[static_cast<size_t>(
            r * row + k * kClassValues + static_cast<int64_t>(size) * kCapCount + cap)];
        if (value <= -1) continue;
        sum += value;
        ++count;
      }
    return count == 0 ? -1 : sum / static_cast<double>(count);
  };
  const auto precision = [&](SizeRange size) {
    return average(precision_, kIouCount * kRecallCount, 0, size, 2);
  };
  const auto precision_at = [&](int iou) {
    return average(precision_, kRecallCount, iou * kRecallCount, SizeRange::kAll, 2);
  };
  const auto recall = [&](SizeRange size, int cap) {
    return average(recall_, kIouCount, 0, size, cap);
  };
  return {.ap = precision(SizeRange::kAll),
          .ap50 = precision_at(0),
          .ap75 = precision_at(5),
          .ap_small = precision(SizeRange::kSmall),
          .ap_medium = precision(SizeRange::kMedium),
          .ap_large = precision(SizeRange::kLarge),
          .ar1 = recall(SizeRange::kAll, 0),
          .ar10 = recall(SizeRange::kAll, 1),
          .ar100 = recall(SizeRange::kAll, 2),
          .ar_small = recall(SizeRange::kSmall, 2),
          .ar_medium = recall(SizeRange::kMedium, 2),
          .ar_large = recall(SizeRange::kLarge, 2)};
}

std::vector<double> CocoMetric::curve(int class_index, int iou_index) const {
  const int64_t row = classes_ * kClassValues;
  std::vector<double> precisions;
  for (int64_t r = 0; r < kRecallCount; ++r)
    precisions.push_back(
        precision_[static_cast<size_t>((int64_t{iou_index} * kRecallCount + r) * row +
                                       class_index * kClassValues + kCapCount - 1)]);
  return precisions;
}

}  // namespace nasnet::boxes
