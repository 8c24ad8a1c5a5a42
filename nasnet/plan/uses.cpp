#include "nasnet/plan/uses.h"

namespace nasnet::plan {
namespace {

using graph::OperatorKind;

void add(int buffer, std::vector<int>& buffers) {
  if (buffer >= 0) buffers.push_back(buffer);
}

/// The buffer that the step's result, or the first term of its sum, is made from.
int made_from(const Step& step) {
  const Convolution* made = as<Convolution>(step);
  return made ? made->raw : step.input.from.buffer;
}

bool rereads_input(const graph::Graph& graph, const Step& step) {
  if (as<Output>(step)) return step.input.relu;
  return !as<Copy>(step) && graph.operators[step.op].kind != OperatorKind::kAvgPool;
}

}  // namespace

ForwardUse forward_use(const Plan& plan, const Work& work) {
  const Step& step = plan.steps[work.step];
  const Convolution* made = as<Convolution>(step);
  ForwardUse use;
  if (work.kind == Work::Kind::kForward) {
    add(step.input.from.buffer, use.reads);
    if (made) add(made->raw, use.writes);
    if (made && plan.training) return use;
  }
  if (!made || plan.training) add(made_from(step), use.reads);
  if (const Term* term = term_of(step); term && term->with >= 0)
    add(made_from(plan.steps[term->with]), use.reads);
  if (!made || !made->held) add(step.output.buffer, use.writes);
  if (made && !made->twin.held) add(made->twin.output.buffer, use.writes);
  return use;
}

BackwardUse backward_use(const graph::Graph& graph, const Plan& plan, const Work& work) {
  const Step& step = plan.steps[work.step];
  const Convolution* made = as<Convolution>(step);
  BackwardUse use;
  const auto add_gradient = [&](const Place& of) {
    if (of.buffer >= 0) add(plan.gradient_of[of.buffer], use.gradients);
  };
  for (const Region& region : work.zeros) add(region.buffer, use.gradients);
  add_gradient(step.output);
  if (made) {
    add(made->raw, use.values);
    add_gradient(made->twin.output);
  }
  if (work.kind != Work::Kind::kBackward) return use;
  if (made) add(made->pending_gradient, use.gradients);
  if (rereads_input(graph, step)) add(step.input.from.buffer, use.values);
  if (!step.wants_gradient) return use;
  if (step.input.pending) {
    add(as<Convolution>(plan.steps[step.input.norm])->pending_gradient, use.gradients);
  } else {
    add_gradient(plan.places[step.input.op]);
  }
  return use;
}

}  // namespace nasnet::plan
