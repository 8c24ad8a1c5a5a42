#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/base/tensor.h"
#include "nasnet/fused/executor.h"
#include "nasnet/fused/workers.h"
#include "nasnet/graph/graph.h"
#include "nasnet/graph/pass.h"
#include "nasnet/plan/plan.h"

namespace nasnet::fused {

/// A value or a gradient in the arena, image by image: some channels of the pixels of a buffer.
template <class T>
struct View {
  T* first = nullptr;
  int64_t pitch = 0;   ///< values from one image to the next one
  int64_t stride = 0;  ///< from one pixel to the next one

  T* at(int64_t n) const { return first + n * pitch; }
};

/// The operators' view of the pass that they work for: its memory, its parameters and
/// their gradients, its threads, and how it is made.
template <class T>
struct PassContext {
  const graph::Graph& graph;
  const plan::Plan& plan;
  Workers<T>& workers;
  graph::Pass how;
  int64_t images = 0;
  T* arena = nullptr;
  std::vector<TensorView> parameters;
  /// Of the way back; null for gradients that nobody wants, which go to `discarded`.
  const GradientPlaces* gradients = nullptr;
  float* discarded = nullptr;
  /// By the plan's outputs, of the images at hand: where the values go, and the gradients above,
  /// null for zeros.
  std::vector<float*> outputs;
  std::vector<const float*> above;

  View<T> view(const plan::Place& place) const {
    const plan::PlanBuffer& buffer = plan.buffers[static_cast<size_t>(place.buffer)];
    return {arena + buffer.offset * images + place.channel, plan::buffer_size(buffer.shape),
            buffer.shape.channels};
  }
  /// Of the value that lies there.
  View<T> gradient(const plan::Place& place) const {
    return view({plan.gradient_of[static_cast<size_t>(place.buffer)], place.channel});
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
    return static_cast<size_t>(graph.operators[static_cast<size_t>(op)].first_parameter + which);
  }
};

}  // namespace nasnet::fused
