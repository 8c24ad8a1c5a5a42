// Adds up the plan's own sizes: the estimate and the executor's allocations read the same numbers.

#include "nasnet/plan/pass_memory.h"

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/plan/limits.h"

namespace nasnet::plan {
namespace {

int64_t round_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

PassEstimate::PassEstimate(const graph::Graph& graph, const PlanSettings& settings,
                           ValueType values)
    : graph_(graph),
      values_(values),
      plan_(make_plan(graph, settings)),
      each_(graph, plan_, values) {}

PassMemory PassEstimate::of(int64_t batch) const {
  NASNET_CHECK(batch > 0, "a pass is over images");
  PassMemory memory;
  memory.recomputed = plan_.recomputed;
  const int64_t value = bytes_of(values_);
  const int64_t image_bytes = plan_.values_per_image * value;
  const int64_t images = plan_.training ? batch : std::min(batch, images_at_once(image_bytes, 1));
  memory.activations = round_up(image_bytes * images, kHugePage);
  memory.scratch = memory.thread = each_.scratch.bytes(value);
  for (const StepMemory& step : each_.steps) memory.weights += step.weights;
  // Of the stage that takes most.
  int64_t most = 0;
  for (const std::vector<Stage>* stages : {&plan_.forward, &plan_.backward})
    for (const Stage& stage : *stages) {
      int64_t bytes = each_.gradients(stage).bytes(batch);
      // Stages that compute values again take no sums.
      const bool again = stages == &plan_.backward && goes_forward(stage.front());
      for (const Work& work : stage) bytes += again ? 0 : batch * each_.steps[work.step].sums;
      most = std::max(most, bytes);
    }
  memory.scratch += most;
  for (const int output : plan_.outputs)
    memory.outputs +=
        (plan_.training ? 2 : 1) * kFloatBytes * batch * graph_.operators[output].output.elements();
  return memory;
}

PassMemory estimate_pass(const graph::Graph& graph, const PlanSettings& settings, ValueType values,
                         int64_t batch) {
  return PassEstimate(graph, settings, values).of(batch);
}

}  // namespace nasnet::plan
