// Adds up the plan's own sizes: the estimate and the executor's allocations read the same numbers.

#include "nasnet/plan/pass_memory.h"

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/plan/limits.h"
#include "nasnet/plan/step_memory.h"

namespace nasnet::plan {
namespace {

int64_t round_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

PassMemory estimate_pass(const graph::Graph& graph, const PlanSettings& settings, ValueType values,
                         int64_t batch) {
  NASNET_CHECK(batch > 0, "a pass is over images");
  PassMemory memory;
  const int64_t value = bytes_of(values);
  const Plan plan = make_plan(graph, settings);
  const int64_t image_bytes = plan.values_per_image * value;
  const int64_t images = plan.training ? batch : std::min(batch, images_at_once(image_bytes, 1));
  memory.activations = round_up(image_bytes * images, kHugePage);
  const PlanMemory each(graph, plan, values);
  memory.scratch = each.scratch.bytes(value);
  for (const StepMemory& step : each.steps) memory.weights += step.weights;
  // Of the stage that takes most.
  int64_t most = 0;
  for (const std::vector<Stage>* stages : {&plan.forward, &plan.backward})
    for (const Stage& stage : *stages) {
      int64_t bytes = each.gradients(stage).bytes(batch);
      for (const Work& work : stage) bytes += batch * each.steps[work.step].sums;
      most = std::max(most, bytes);
    }
  memory.scratch += most;
  for (const int output : plan.outputs)
    memory.outputs +=
        (plan.training ? 2 : 1) * kFloatBytes * batch * graph.operators[output].output.elements();
  return memory;
}

}  // namespace nasnet::plan
