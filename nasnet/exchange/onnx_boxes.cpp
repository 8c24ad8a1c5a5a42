#include <algorithm>
#include <cmath>
#include <numeric>

#include "nasnet/exchange/onnx_operators.h"

// ONNX's two operators on boxes: suppression, and what RoIAlign cuts out of a map.

namespace nasnet::exchange::onnx_operators {
namespace {

/// A box of two corners in any order.
struct Corners {
  float low[2], high[2];

  explicit Corners(const float* box) {
    for (const int axis : {0, 1}) {
      low[axis] = std::min(box[axis], box[2 + axis]);
      high[axis] = std::max(box[axis], box[2 + axis]);
    }
  }
  float area() const { return (high[0] - low[0]) * (high[1] - low[1]); }
};

float intersection_over_union(const Corners& a, const Corners& b) {
  float edges[2];
  for (const int axis : {0, 1})
    edges[axis] = std::min(a.high[axis], b.high[axis]) - std::max(a.low[axis], b.low[axis]);
  if (!(edges[0] > 0 && edges[1] > 0)) return 0;
  const float common = edges[0] * edges[1];
  return common / (a.area() + b.area() - common);
}

/// How far a bilinear sample lies on the map along an axis; outside of it the sample is 0.
struct Sample {
  int64_t pixel[2];
  float weight[2];
  bool outside;

  Sample(float place, int64_t edge) : pixel{0, 0}, weight{1, 0} {
    const auto size = static_cast<float>(edge);
    outside = place < -1 || place > size;
    if (outside) return;
    place = std::max(place, 0.0F);
    const auto low = std::min(static_cast<int64_t>(place), edge - 1);
    pixel[0] = low;
    pixel[1] = std::min(low + 1, edge - 1);
    weight[1] = low == edge - 1 ? 0 : place - static_cast<float>(low);
    weight[0] = 1 - weight[1];
  }
};

}  // namespace

OnnxTensor suppression(const OnnxCall& call) {
  const OnnxTensor &boxes = call.reals(0), &scores = call.reals(1);
  if (boxes.shape.size() != 3 || boxes.shape[2] != 4 || scores.shape.size() != 3 ||
      scores.shape[0] != boxes.shape[0] || scores.shape[2] != boxes.shape[1] ||
      call.integer("center_point_box", 0) != 0)
    call.fail("its boxes and scores do not fit");
  const int64_t count = boxes.shape[1], most = call.has(2) ? call.place(2) : 0;
  const float overlap = call.number(3, 0);
  OnnxTensor y = call.make_integers({0, 3});
  for (int64_t n = 0; n < scores.shape[0]; ++n)
    for (int64_t c = 0; c < scores.shape[1]; ++c) {
      const float* of = scores.floats.data() + (n * scores.shape[1] + c) * count;
      std::vector<int64_t> order;
      for (int64_t k = 0; k < count; ++k)
        if (!call.has(4) || of[k] > call.number(4, 0)) order.push_back(k);
      std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return of[a] > of[b]; });
      std::vector<Corners> kept;
      for (const int64_t k : order) {
        if (std::ssize(kept) >= most) break;
        const Corners box(boxes.floats.data() + (n * count + k) * 4);
        if (std::ranges::any_of(kept, [&](const Corners& other) {
              return intersection_over_union(box, other) > overlap;
            }))
          continue;
        kept.push_back(box);
        y.integers.insert(y.integers.end(), {n, c, k});
      }
    }
  y.shape[0] = std::ssize(y.integers) / 3;
  return y;
}

OnnxTensor roi_align(const OnnxCall& call) {
  const OnnxTensor &x = call.image(0), &boxes = call.reals(1);
  const std::vector<int64_t>& images = call.places(2);
  const int64_t bins[2] = {call.integer("output_height", 1), call.integer("output_width", 1)};
  const int64_t samples = call.integer("sampling_ratio", 0);
  const float scale = call.real("spatial_scale", 1);
  const std::string mode = call.text("coordinate_transformation_mode", "half_pixel");
  const bool aligned = mode == "half_pixel";
  if (boxes.shape.size() != 2 || boxes.shape[1] != 4 || std::ssize(images) != boxes.shape[0] ||
      bins[0] < 1 || bins[1] < 1 || samples < 0 || call.text("mode", "avg") != "avg" ||
      (!aligned && mode != "output_half_pixel"))
    call.fail("its boxes or attributes do not fit");
  OnnxTensor y = call.make({boxes.shape[0], x.shape[1], bins[0], bins[1]});
  float* out = y.floats.data();
  for (int64_t k = 0; k < boxes.shape[0]; ++k) {
    if (images[k] < 0 || images[k] >= x.shape[0]) call.fail("a box is of no image");
    // By axis, down and across: where the samples of all bins lie.
    std::vector<Sample> along[2];
    int64_t each[2];
    for (const int axis : {0, 1}) {
      const float* box = boxes.floats.data() + 4 * k + (axis == 0 ? 1 : 0);
      const float offset = aligned ? 0.5F : 0.0F;
      const float begin = box[0] * scale - offset;
      float size = box[2] * scale - offset - begin;
      if (!aligned) size = std::max(size, 1.0F);
      const float bin = size / static_cast<float>(bins[axis]);
      each[axis] = samples > 0 ? samples : static_cast<int64_t>(std::max(std::ceil(bin), 0.0F));
      for (int64_t i = 0; i < bins[axis]; ++i)
        for (int64_t s = 0; s < each[axis]; ++s)
          along[axis].emplace_back(
              begin + static_cast<float>(i) * bin +
                  (static_cast<float>(s) + 0.5F) * bin / static_cast<float>(each[axis]),
              x.shape[2 + axis]);
    }
    const auto divisor = static_cast<double>(std::max<int64_t>(each[0] * each[1], 1));
    for (int64_t c = 0; c < x.shape[1]; ++c) {
      const float* plane = x.floats.data() + (images[k] * x.shape[1] + c) * x.shape[2] * x.shape[3];
      for (int64_t i = 0; i < bins[0]; ++i)
        for (int64_t j = 0; j < bins[1]; ++j) {
          double sum = 0;
          for (int64_t s = 0; s < each[0]; ++s)
            for (int64_t t = 0; t < each[1]; ++t) {
              const Sample &row = along[0][i * each[0] + s], &column = along[1][j * each[1] + t];
              if (row.outside || column.outside) continue;
              for (const int a : {0, 1})
                for (const int b : {0, 1})
                  sum += double{row.weight[a]} * column.weight[b] *
                         plane[row.pixel[a] * x.shape[3] + column.pixel[b]];
            }
          *out++ = static_cast<float>(sum / divisor);
        }
    }
  }
  return y;
}

}  // namespace nasnet::exchange::onnx_operators
