// Lifetimes of buffers, and their offsets in one block of memory: the greedy rule of Pisarchyk &
// Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), largest first. No buffer
// is moved, and no pass allocates.

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/plan/parts.h"

namespace nasnet::plan {
namespace {

using graph::OperatorKind;

constexpr int64_t kAlignment = 32;  // values: a cache line of two bytes each, two of floats

class Layout {
 public:
  Layout(const graph::Graph& graph, Plan& plan) : graph_(graph), plan_(plan) {}

  void find_lifetimes() {
    use(plan_.places[0].buffer, 0);  // the images come in before the first step
    for (size_t s = 0; s < plan_.forward.size(); ++s)
      for (const Work& work : plan_.forward[s])
        use_forward(step(work.step), work.kind, static_cast<int>(s));
    for (size_t s = 0; s < plan_.backward.size(); ++s)
      for (const Work& work : plan_.backward[s]) {
        for (const Region& region : work.zeros) use(region.buffer, plan_.backward_stage(s));
        use_backward(step(work.step), work.kind, plan_.backward_stage(s));
      }
    // Where the gradient of the images is wanted it is taken out in the end.
    if (!plan_.backward.empty())
      use_gradient(plan_.places[0].buffer, plan_.backward_stage(plan_.backward.size() - 1));
  }

  /// Largest first, each at the lowest offset that no other buffer has at the same time.
  void lay_out() {
    std::vector<int> order;
    for (int i = 0; i < static_cast<int>(plan_.buffers.size()); ++i)
      if (plan_.buffers[i].first >= 0) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return buffer_size(plan_.buffers[a].shape) > buffer_size(plan_.buffers[b].shape);
    });
    std::vector<const PlanBuffer*> laid;  // by offset
    for (const int index : order) {
      PlanBuffer& buffer = plan_.buffers[index];
      int64_t offset = 0;
      for (const PlanBuffer* other : laid) {
        const bool together = other->first <= buffer.last && buffer.first <= other->last;
        if (!together) continue;
        if (offset + buffer_size(buffer.shape) <= other->offset) break;
        offset = std::max(offset, other->offset + buffer_size(other->shape));
      }
      NASNET_CHECK(offset % kAlignment == 0, "buffers begin with a cache line");
      buffer.offset = offset;
      plan_.values_per_image = std::max(plan_.values_per_image, offset + buffer_size(buffer.shape));
      laid.insert(std::upper_bound(laid.begin(), laid.end(), &buffer,
                                   [](const PlanBuffer* a, const PlanBuffer* b) {
                                     return a->offset < b->offset;
                                   }),
                  &buffer);
    }
  }

 private:
  const Step& step(int t) const { return plan_.steps[t]; }

  void use(int buffer, int stage) {
    if (buffer < 0) return;
    PlanBuffer& used = plan_.buffers[buffer];
    used.first = used.first < 0 ? stage : std::min(used.first, stage);
    used.last = std::max(used.last, stage);
  }

  void use_gradient(int buffer, int stage) {
    if (buffer >= 0) use(plan_.gradient_of[buffer], stage);
  }

  /// The buffer that the step's result, or the first term of its sum, is made from.
  void use_term(const Step& step, int stage) {
    const Convolution* one = as<Convolution>(step);
    use(one ? one->raw : step.input.from.buffer, stage);
  }

  void use_forward(const Step& one, Work::Kind kind, int stage) {
    const Convolution* made = as<Convolution>(one);
    if (kind == Work::Kind::kForward) {
      use(one.input.from.buffer, stage);
      if (made) use(made->raw, stage);
      if (made && plan_.training) return;
    }
    use_term(one, stage);
    if (const Term* term = term_of(one); term && term->with >= 0) use_term(step(term->with), stage);
    if (!made || !made->held) use(one.output.buffer, stage);
    if (made && !made->twin.held) use(made->twin.output.buffer, stage);
  }

  bool rereads_input(const Step& one) const {
    if (as<Output>(one)) return one.input.relu;
    return !as<Copy>(one) && graph_.operators[one.op].kind != OperatorKind::kAvgPool;
  }

  void use_backward(const Step& one, Work::Kind kind, int stage) {
    use_gradient(one.output.buffer, stage);
    const Convolution* made = as<Convolution>(one);
    if (made) {
      use(made->raw, stage);
      use_gradient(made->twin.output.buffer, stage);
    }
    if (kind != Work::Kind::kBackward) return;
    if (made) use(made->pending_gradient, stage);
    if (rereads_input(one)) use(one.input.from.buffer, stage);
    if (!one.wants_gradient) return;
    if (one.input.pending) {
      use(as<Convolution>(step(one.input.norm))->pending_gradient, stage);
    } else {
      use_gradient(plan_.places[one.input.op].buffer, stage);
    }
  }

  const graph::Graph& graph_;
  Plan& plan_;
};

}  // namespace

int64_t buffer_size(const graph::Shape& shape) {
  return (shape.elements() + kAlignment - 1) / kAlignment * kAlignment;
}

void lay_out_memory(const graph::Graph& graph, Plan& plan) {
  Layout layout(graph, plan);
  layout.find_lifetimes();
  layout.lay_out();
}

}  // namespace nasnet::plan
