#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nasnet/exchange/onnx_call.h"

namespace nasnet::exchange {

/// Where a result's values come from: the place of the first, and by axis of the result how far the
/// next one lies.
struct OnnxView {
  int64_t first = 0;
  std::vector<int64_t> strides;
};

/// By axis, how far apart a tensor's values lie.
std::vector<int64_t> row_major_strides(const std::vector<int64_t>& shape);

/// A tensor of `from` as it is broadcast to `to`: edges of 1, and those that it lacks in front, are
/// repeated. Throws where it does not fit.
OnnxView broadcast(const OnnxCall& call, const std::vector<int64_t>& from,
                   const std::vector<int64_t>& to);

/// The shape that all of these are broadcast to.
std::vector<int64_t> broadcast_shape(const OnnxCall& call,
                                     const std::vector<const OnnxTensor*>& tensors);

/// Calls take(places) for the values of a result in order: where they come from in each view.
template <size_t kViews, class Take>
void for_each_value(const std::vector<int64_t>& shape, const std::array<OnnxView, kViews>& views,
                    Take take) {
  const int64_t count = element_count(shape);
  if (count == 0) return;
  std::vector<int64_t> index(shape.size());
  std::array<int64_t, kViews> places;
  for (size_t v = 0; v < kViews; ++v) places[v] = views[v].first;
  for (int64_t done = 0;;) {
    take(places);
    if (++done == count) return;
    // As an odometer: the last axis whose edge is not reached goes on, those behind it start anew.
    for (size_t axis = shape.size(); axis-- > 0;) {
      const bool next = ++index[axis] < shape[axis];
      for (size_t v = 0; v < kViews; ++v)
        places[v] += views[v].strides[axis] * (next ? 1 : 1 - shape[axis]);
      if (next) break;
      index[axis] = 0;
    }
  }
}

/// The values of `x` that the view shows.
OnnxTensor copy_view(const OnnxCall& call, const OnnxTensor& x, std::vector<int64_t> shape,
                     const OnnxView& view);

}  // namespace nasnet::exchange
