// Lifetimes of buffers, and their offsets in one block of memory: the greedy rule of Pisarchyk &
// Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), largest first. No buffer
// is moved, and no pass allocates.

#include <algorithm>

#include "nasnet/base/check.h"
#include "nasnet/plan/parts.h"
#include "nasnet/plan/uses.h"

namespace nasnet::plan {
namespace {

constexpr int64_t kAlignment = 32;  // values: a cache line of two bytes each, two of floats

class Layout {
 public:
  Layout(const graph::Graph& graph, Plan& plan) : graph_(graph), plan_(plan) {}

  void find_lifetimes() {
    use(plan_.places[0].buffer, 0);  // the images come in before the first step
    for (size_t s = 0; s < plan_.forward.size(); ++s)
      for (const Work& work : plan_.forward[s]) use_forward(work, static_cast<int>(s));
    for (size_t s = 0; s < plan_.backward.size(); ++s)
      for (const Work& work : plan_.backward[s]) {
        const int stage = plan_.backward_stage(s);
        goes_forward(work) ? use_forward(work, stage) : use_backward(work, stage);
      }
    // Where the gradient of the images is wanted it is taken out in the end.
    if (const int images = plan_.places[0].buffer; images >= 0 && !plan_.backward.empty())
      use(plan_.gradient_of[images], plan_.backward_stage(plan_.backward.size() - 1));
  }

  /// Largest first, each at the lowest offset that no other buffer has at the same time.
  void lay_out() {
    std::vector<int> order;
    for (int i = 0; i < static_cast<int>(plan_.buffers.size()); ++i)
      if (!plan_.buffers[i].life.empty()) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return buffer_size(plan_.buffers[a].shape) > buffer_size(plan_.buffers[b].shape);
    });
    std::vector<const PlanBuffer*> laid;  // by offset
    for (const int index : order) {
      PlanBuffer& buffer = plan_.buffers[index];
      int64_t offset = 0;
      for (const PlanBuffer* other : laid) {
        if (!buffer.meets(*other)) continue;
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
  void use(int buffer, int stage) {
    if (buffer < 0) return;
    PlanBuffer& used = plan_.buffers[buffer];
    const bool again = used.made_again && stage >= plan_.backward_stage(0);
    (again ? used.again : used.life).add(stage);
  }

  void use_forward(const Work& work, int stage) {
    const ForwardUse used = forward_use(plan_, work);
    for (const int buffer : used.reads) use(buffer, stage);
    for (const int buffer : used.writes) use(buffer, stage);
  }

  void use_backward(const Work& work, int stage) {
    const BackwardUse used = backward_use(graph_, plan_, work);
    for (const int buffer : used.values) use(buffer, stage);
    for (const int buffer : used.gradients) use(buffer, stage);
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
