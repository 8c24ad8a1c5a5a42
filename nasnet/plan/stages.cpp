// Puts works into stages. Only batch norms separate images: a work waits for a whole stage where it
// needs a norm's sums, and otherwise only for what it reads of its own image. Few stages are fast,
// as an image stays in the caches within one.

#include <map>
#include <utility>

#include "nasnet/plan/cover.h"
#include "nasnet/plan/parts.h"
#include "nasnet/plan/rows.h"
#include "nasnet/plan/works.h"

namespace nasnet::plan {
namespace {

using graph::OperatorKind;

class Arranger {
 public:
  Arranger(const graph::Graph& graph, Plan& plan) : graph_(graph), plan_(plan) {}

  void arrange_forward() {
    Works works;
    std::vector<int> computed;  // by step
    for (int t = 0; t < step_count(); ++t) {
      const Step& one = step(t);
      const int work = works.add(Work::Kind::kForward, t);
      computed.push_back(work);
      if (!plan_.training) {
        works.set_stage(work, t);
        continue;
      }
      if (one.input.norm >= 0) {
        works.reads_sums(work, computed[one.input.norm]);
      } else {
        works.reads(work, {one.input.from.buffer, one.input.from.channel, channels(one.input.op)});
      }
      int writer = work;
      if (const Convolution* made = as<Convolution>(one)) {
        if (!writes_result(one, *made) && !writes_twin(*made)) continue;
        writer = works.add(Work::Kind::kResult, t);
        works.reads_sums(writer, work);
      }
      for (const Region& region : outputs(one)) works.writes(writer, region);
    }
    plan_.forward = works.stages([&](const Work& work) { return source(work); });
    decide_who_adds();
    widen_borders();
  }

  void arrange_backward(bool image_gradient) {
    Works works;
    const std::vector<bool> learns = find_learning(image_gradient);
    std::vector<int> sums(plan_.steps.size(), -1);  // the works that take them, by norm's step
    for (int t = step_count() - 1; t >= 0; --t) {
      Step& one = step(t);
      const Convolution* made = as<Convolution>(one);
      one.learns = learns[one.op] || (made && made->twin.op >= 0 && learns[made->twin.op]);
      one.wants_gradient = learns[one.input.op];
      if (!one.learns) continue;
      const bool has_norm = made != nullptr;
      // Of a norm that is left to its reader, the reader's way back takes them.
      const bool takes_sums = has_norm && one.output.buffer >= 0;
      const int first =
          works.add(takes_sums ? Work::Kind::kGradientSums : Work::Kind::kBackward, t);
      for (const Region& region : gradients(outputs(one))) works.reads(first, region);
      int& known = sums[t];
      if (takes_sums) known = first;
      const int work = takes_sums ? works.add(Work::Kind::kBackward, t) : first;
      if (has_norm) works.reads_sums(work, known);
      // Gradients from the caller need not lie about before others write there, too.
      if (as<Output>(one)) works.set_stage(work, works.first_stage(input_gradient(one)));
      if (!one.wants_gradient) continue;
      if (one.input.pending) {
        sums[one.input.norm] = work;
      } else {
        works.writes(work, input_gradient(one));
      }
    }
    plan_.backward = works.stages([&](const Work& work) { return source(work); });
    decide_zeros();
  }

 private:
  int step_count() const { return static_cast<int>(plan_.steps.size()); }
  Step& step(int t) { return plan_.steps[t]; }
  const graph::Operator& op(int index) const { return graph_.operators[index]; }
  int channels(int index) const { return op(index).output.channels; }

  /// The image that a work with a depthwise part reads: works of the same one share it.
  std::pair<int, int> source(const Work& work) const {
    const Step& one = plan_.steps[work.step];
    const Convolution* made = as<Convolution>(one);
    if (!made || made->depthwise < 0) return {-1, work.step};
    return {one.input.from.buffer, one.input.from.channel};
  }

  static bool writes_result(const Step& step, const Convolution& made) {
    return step.output.buffer >= 0 && !made.held;
  }
  static bool writes_twin(const Convolution& made) { return made.twin.op >= 0 && !made.twin.held; }

  std::vector<Region> outputs(const Step& step) const {
    std::vector<Region> regions;
    if (step.output.buffer >= 0)
      regions.push_back({step.output.buffer, step.output.channel, channels(step.op)});
    if (const Convolution* made = as<Convolution>(step); made && made->twin.op >= 0)
      regions.push_back(
          {made->twin.output.buffer, made->twin.output.channel, channels(made->twin.op)});
    return regions;
  }

  // --- Sums ---

  bool writes(const Work& work) {
    return work.kind == Work::Kind::kResult || !plan_.training || !as<Convolution>(step(work.step));
  }

  /// The first to write to a place overwrites it, the second one adds.
  void decide_who_adds() {
    Cover written;
    std::vector<int> writers;
    for (const Stage& stage : plan_.forward)
      for (const Work& work : stage) {
        Step& one = step(work.step);
        if (!writes(work) || one.output.buffer < 0) continue;
        const std::vector<Region> regions = outputs(one);
        one.adds = written.count(regions[0]) == regions[0].channels;
        for (const Region& region : regions) written.add(region);
        if (one.adds) write_together(one, writers);
        writers.push_back(work.step);
      }
    for (Stage& stage : plan_.forward)
      std::erase_if(stage, [&](const Work& work) {
        const Term* term = term_of(step(work.step));
        return writes(work) && term && term->deferred;
      });
    std::erase_if(plan_.forward, [](const Stage& stage) { return stage.empty(); });
  }

  /// The second term of a sum writes the first one too. In inference there is no pass of its own to
  /// save: norms are folded into their convolutions.
  void write_together(Step& second, const std::vector<int>& writers) {
    Term* last = term_of(second);
    if (!plan_.training || !last) return;
    for (auto t = writers.rbegin(); t != writers.rend(); ++t) {
      Step& first = step(*t);
      if (first.output != second.output) continue;
      Term* term = term_of(first);
      if (!term || first.adds || term->with >= 0) return;
      term->deferred = true;
      last->with = *t;
      second.adds = false;
      return;
    }
  }

  // --- Borders ---

  void widen_borders() {
    for (const Stage& stage : plan_.forward) {
      std::map<std::pair<int, int>, kernels::Border> widest;  // by source
      for (const Work& work : stage)
        if (const Convolution* one = separable(work)) {
          kernels::Border& border = widest[source(work)];
          const graph::Shape& read = op(step(work.step).input.op).output;
          border = kernels::around(border, border_of(op(one->depthwise), read));
        }
      for (const Work& work : stage)
        if (Convolution* one = separable(work)) one->border = widest[source(work)];
    }
  }

  /// The work's step where it has a depthwise part, or null.
  Convolution* separable(const Work& work) {
    Convolution* one = as<Convolution>(step(work.step));
    return one && one->depthwise >= 0 ? one : nullptr;
  }

  // --- Gradients ---

  /// The operators whose results depend on what is learned: below frozen parts nothing is to be
  /// computed on the way back.
  std::vector<bool> find_learning(bool image_gradient) const {
    std::vector<bool> learns(graph_.operators.size());
    for (size_t i = 0; i < learns.size(); ++i) {
      const graph::Operator& one = graph_.operators[i];
      learns[i] = one.kind == OperatorKind::kInput && image_gradient;
      if (one.kind == OperatorKind::kZero) continue;
      for (const int input : one.inputs) learns[i] = learns[i] || learns[input];
      for (int k = 0; k < one.parameter_count; ++k)
        learns[i] = learns[i] || graph_.parameters[one.first_parameter + k].trainable();
    }
    return learns;
  }

  int gradient_buffer(int buffer) {
    if (const int known = plan_.gradient_of[buffer]; known >= 0) return known;
    plan_.buffers.push_back({plan_.buffers[buffer].shape});
    plan_.gradient_of.push_back(-1);
    return plan_.gradient_of[buffer] = static_cast<int>(plan_.buffers.size()) - 1;
  }

  std::vector<Region> gradients(std::vector<Region> regions) {
    for (Region& region : regions) region.buffer = gradient_buffer(region.buffer);
    return regions;
  }

  Region input_gradient(const Step& step) {
    const Place& from = plan_.places[step.input.op];
    return {gradient_buffer(from.buffer), from.channel, channels(step.input.op)};
  }

  /// Channels of the region that nothing has been written to yet become zeros before the work.
  static void zero_uncovered(Cover& written, Work& work, const Region& region) {
    for (int c = 0; c < region.channels; ++c) {
      const Region one = {region.buffer, region.channel + c, 1};
      if (written.count(one) == 1) continue;
      written.add(one);
      std::vector<Region>& zeros = work.zeros;
      if (!zeros.empty() && zeros.back().buffer == one.buffer &&
          zeros.back().channel + zeros.back().channels == one.channel) {
        ++zeros.back().channels;
      } else {
        zeros.push_back(one);
      }
    }
  }

  /// Which gradient is the first in its place, and which one adds.
  void decide_zeros() {
    Cover written;
    for (Stage& stage : plan_.backward)
      for (Work& work : stage) {
        Step& one = step(work.step);
        for (const Region& region : gradients(outputs(one))) zero_uncovered(written, work, region);
        if (work.kind != Work::Kind::kBackward || !one.wants_gradient || one.input.pending)
          continue;
        const Region into = input_gradient(one);
        const bool always_adds = as<Pool>(one) != nullptr;
        if (written.count(into) > 0 || always_adds) {
          zero_uncovered(written, work, into);
          one.gradient_adds = true;
        }
        written.add(into);
      }
  }

  const graph::Graph& graph_;
  Plan& plan_;
};

}  // namespace

void arrange_stages(const graph::Graph& graph, bool image_gradient, Plan& plan) {
  Arranger arranger(graph, plan);
  arranger.arrange_forward();
  if (plan.training) arranger.arrange_backward(image_gradient);
}

}  // namespace nasnet::plan
