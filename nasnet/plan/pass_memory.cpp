#include "nasnet/plan/pass_memory.h"

#include <algorithm>

#include "nasnet/graph/padding.h"
#include "nasnet/kernels/images.h"
#include "nasnet/plan/limits.h"
#include "nasnet/plan/step_memory.h"

namespace nasnet::plan {
namespace {

using graph::Operator;
using graph::OperatorKind;
using graph::Padding;
using graph::Shape;
using kernels::padded;

constexpr int64_t kFloat = sizeof(float);

int64_t round_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
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

PassMemory estimate_pass(const graph::Graph& graph, const PlanSettings& settings, bool bf16,
                         int64_t batch) {
  PassMemory memory;
  const int64_t value = bf16 ? 2 : kFloat;
  const Plan plan = make_plan(graph, settings);
  const int64_t image_bytes = plan.values_per_image * value;
  const int64_t images = plan.training ? batch : std::min(batch, images_at_once(image_bytes, 1));
  memory.activations = round_up(image_bytes * images, kHugePage);
  const PlanMemory each(graph, plan, bf16);
  memory.scratch = each.scratch.bytes(value);
  for (const StepMemory& step : each.steps) memory.scratch += step.weights;
  // Of the stage that takes most.
  int64_t most = 0;
  for (const std::vector<Stage>* stages : {&plan.forward, &plan.backward})
    for (const Stage& stage : *stages) {
      int64_t bytes = each.gradients(stage).bytes(batch);
      for (const Work& work : stage)
        bytes += batch * each.steps[static_cast<size_t>(work.step)].sums;
      most = std::max(most, bytes);
    }
  memory.scratch += most;
  for (const int output : plan.outputs)
    memory.outputs += (plan.training ? 2 : 1) * kFloat * batch *
                      graph.operators[static_cast<size_t>(output)].output.elements();
  return memory;
}

}  // namespace nasnet::plan
