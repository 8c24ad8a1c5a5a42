#pragma once

// Where things are during a pass: offsets of the plan made addresses.

#include <cstdint>
#include <vector>

#include "nasnet/base/check.h"
#include "nasnet/base/tensor.h"
#include "nasnet/fused/executor.h"
#include "nasnet/fused/workers.h"
#include "nasnet/graph/graph.h"
#include "nasnet/graph/pass.h"
#include "nasnet/kernels/images.h"
#include "nasnet/plan/plan.h"

namespace nasnet::fused {

/// A value or a gradient in the arena, image by image: some channels of the pixels of a buffer.
template <class T>
struct View {
  T* first = nullptr;
  int64_t pitch = 0;   ///< values from one image to the next one
  int64_t stride = 0;  ///< from one pixel to the next one

  kernels::Pixels<T> at(int64_t n) const {
    NASNET_DCHECK(first && n >= 0, "a view is of images in memory");
    return {first + n * pitch, stride};
  }
};

/// A pass as its operators see it: memory, parameters and their gradients, threads, random
/// numbers.
template <class T>
struct PassContext {
  const graph::Graph& graph;
  const plan::Plan& plan;
  Workers<T>& workers;
  graph::Pass how;
  int64_t images = 0;
  T* arena = nullptr;
  std::vector<TensorView> parameters;
  /// Backward; null for unwanted gradients, which are written to `discarded`.
  const GradientPlaces* gradients = nullptr;
  float* discarded = nullptr;
  /// By output of the plan, for the current images: the caller's memory for the values, and their
  /// gradients, null for zeros.
  std::vector<float*> outputs;
  std::vector<const float*> above;

  View<T> view(const plan::Place& place) const {
    NASNET_CHECK(place.buffer >= 0, "the value lies in the arena");
    const plan::PlanBuffer& buffer = plan.buffers[place.buffer];
    NASNET_CHECK(buffer.offset >= 0, "the buffer is used");
    return {arena + buffer.offset * images + place.channel, plan::buffer_size(buffer.shape),
            buffer.shape.channels};
  }
  /// The gradient of the value at `place`.
  View<T> gradient(const plan::Place& place) const {
    NASNET_CHECK(place.buffer >= 0, "only values in memory have gradients there");
    return view({plan.gradient_of[place.buffer], place.channel});
  }

  /// The parameters of an operator, in their order.
  const TensorView& parameter(int op, int which = 0) const { return parameters[index(op, which)]; }
  const float* values(int op, int which = 0) const { return parameter(op, which).data; }
  float* parameter_gradient(int op, int which = 0) const {
    float* place = (*gradients)[index(op, which)];
    return place ? place : discarded;
  }

 private:
  size_t index(int op, int which) const {
    NASNET_DCHECK(which >= 0 && which < graph.operators[op].parameter_count,
                  "the operator has the parameter");
    return graph.operators[op].first_parameter + which;
  }
};

}  // namespace nasnet::fused
