#include "nasnet/plan/pass_memory.h"

#include <algorithm>

#include "nasnet/graph/padding.h"
#include "nasnet/kernels/images.h"
#include "nasnet/plan/limits.h"
#include "nasnet/plan/plan.h"

namespace nasnet::plan {
namespace {

using graph::Operator;
using graph::OperatorKind;
using graph::Padding;
using graph::Shape;
using kernels::padded;

constexpr int64_t kFloat = sizeof(float);

bool is_convolution(const Operator& op) {
  return op.kind == OperatorKind::kConv || op.kind == OperatorKind::kDepthwiseConv;
}

int64_t round_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// A dense convolution with three or seven taps along an axis: see Rows::winograd.
bool may_transform(const Operator& op) {
  return op.kind == OperatorKind::kConv && op.stride_height * op.stride_width == 1 &&
         (op.kernel_width == 3 || op.kernel_width == 7 ||
          (op.kernel_width == 1 && (op.kernel_height == 3 || op.kernel_height == 7)));
}

/// Floats of the gradients of a stage's weights, of all groups of images.
int64_t gradient_parts(const graph::Graph& graph, const Plan& plan, bool bf16, int64_t batch) {
  int64_t most = 0;
  for (const Stage& stage : plan.backward) {
    int64_t sum = 0, largest = 0;
    for (const Work& work : stage) {
      if (work.kind != Work::Kind::kBackward) continue;
      const Step& step = plan.steps[static_cast<size_t>(work.step)];
      int64_t floats = 0;
      for (const int index :
           {step.depthwise, step.convolutions[0], step.convolutions[1], step.twin.convolution}) {
        if (index < 0) continue;
        const Operator& op = graph.operators[static_cast<size_t>(index)];
        // Winograd's convolutions have the gradients of transformed weights.
        const bool transformed = !bf16 && may_transform(op);
        floats += (transformed ? 2 : 1) * packed_floats(graph, op);
      }
      sum += floats;
      largest = std::max(largest, floats);
    }
    most = std::max(most, sum * groups_of(batch, largest));
  }
  return most;
}

}  // namespace

int64_t packed_floats(const graph::Graph& graph, const Operator& op) {
  const std::vector<int64_t>& shape =
      graph.parameters[static_cast<size_t>(op.first_parameter)].shape;
  const int64_t window = shape[2] * shape[3];
  if (op.kind == OperatorKind::kDepthwiseConv) return window * padded(shape[0]);
  return window * shape[1] * padded(shape[0]);
}

Shape padded_input(const Operator& op, const Shape& in) {
  const Padding down = graph::padding(in.height, op.output.height, op.kernel_height,
                                      op.stride_height, op.dilation, op.same);
  const Padding across = graph::padding(in.width, op.output.width, op.kernel_width, op.stride_width,
                                        op.dilation, op.same);
  return {in.height + static_cast<int>(down.begin + down.end),
          in.width + static_cast<int>(across.begin + across.end), in.channels};
}

PassMemory estimate_pass(const graph::Graph& graph, bool bf16, bool training, int64_t batch) {
  PassMemory memory;
  const int64_t value = bf16 ? 2 : kFloat;
  const Plan plan = make_plan(graph, training);
  const int64_t image_bytes = plan.values_per_image * value;
  const int64_t images = training ? batch : std::min(batch, images_at_once(image_bytes, 1));
  memory.activations = round_up(image_bytes * images, kHugePage);
  int64_t packed = 0, image = 0, maps = 0, rows = 0;
  for (const Operator& op : graph.operators) {
    if (!is_convolution(op)) continue;
    const Shape& in = graph.operators[static_cast<size_t>(op.inputs[0])].output;
    const int64_t floats = packed_floats(graph, op);
    const bool depthwise = op.kind == OperatorKind::kDepthwiseConv;
    packed += training && !depthwise ? 2 * floats : floats;
    if (training && value == kFloat && may_transform(op)) {
      // The transformed weights and maps of Winograd's convolutions.
      packed += 4 * floats;
      maps = std::max(maps, 3 * padded_input(op, in).elements());
    }
    image = std::max(image, padded_input(op, in).elements());
    const int64_t inner = depthwise ? 1 : int64_t{op.kernel_height} * op.kernel_width;
    rows = std::max(rows, kMostTile * (inner * in.channels + op.output.channels));
  }
  memory.scratch =
      kFloat * (packed + gradient_parts(graph, plan, bf16, batch) + 3 * image + maps + rows);
  return memory;
}

}  // namespace nasnet::plan
