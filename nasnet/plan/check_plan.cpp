// A plan is easy to get wrong and hard to debug by its numbers: a value that is read too early
// trains, badly. So each new plan is followed work by work, and what it reads, overwrites and
// overlaps is checked.

#include <array>
#include <map>
#include <utility>

#include "nasnet/base/check.h"
#include "nasnet/plan/cover.h"
#include "nasnet/plan/parts.h"
#include "nasnet/plan/uses.h"

namespace nasnet::plan {
namespace {

/// Follows the works in their order, as PlanRunner does for an image.
class Follower {
 public:
  Follower(const graph::Graph& graph, const Plan& plan)
      : graph_(graph),
        plan_(plan),
        done_(plan.steps.size(), {-1, -1, -1, -1}),
        readers_(plan.steps.size(), -1) {
    for (size_t s = 0; s < plan.steps.size(); ++s)
      if (const StepInput& input = plan.steps[s].input; input.pending)
        readers_.at(input.norm) = static_cast<int>(s);
  }

  void follow() {
    if (const Place& images = plan_.places[0]; images.buffer >= 0)
      written_.add(region(images, channels(0)));
    for (const Stage& stage : plan_.forward) {
      for (const Work& work : stage) {
        forward(work);
        places_.insert({{work.kind, work.step}, static_cast<int>(places_.size())});
        for (const int buffer : forward_use(plan_, work).writes) ++makers_[buffer];
      }
      ++stage_;
    }
    for (const Stage& stage : plan_.backward) {
      last_again_ = -1;
      for (const Work& work : stage) goes_forward(work) ? forward_again(work) : backward(work);
      ++stage_;
    }
    for (size_t s = 0; s < plan_.steps.size(); ++s) {
      const Term* term = term_of(plan_.steps[s]);
      const bool is_others = as<Copy>(plan_.steps[s]) && term->deferred;
      NASNET_CHECK((done_[s][0] >= 0) != is_others, "each step is done once on the way forward");
      NASNET_CHECK(!as<Convolution>(plan_.steps[s]) || (done_[s][3] >= 0) == plan_.steps[s].learns,
                   "each convolution that learns has its gradients");
    }
  }

 private:
  const Step& step(int index) const { return plan_.steps.at(index); }
  int channels(int op) const { return graph_.operators[op].output.channels; }
  int gradient_of(int buffer) const { return plan_.gradient_of.at(buffer); }
  static Region region(const Place& place, int channels) {
    return {place.buffer, place.channel, channels};
  }

  void demand_written(const Region& region) {
    NASNET_CHECK(region.buffer >= 0 && written_.count(region) == region.channels,
                 "a work reads only values that an earlier one has written");
  }
  void demand_earlier_stage(Work::Kind kind, int index) {
    const int stage = done_.at(index)[static_cast<size_t>(kind)];
    NASNET_CHECK(stage >= 0 && stage < stage_,
                 "a work that needs all images comes in a later stage");
  }
  void write(const Region& region, bool adds) {
    NASNET_CHECK(region.buffer >= 0, "a result that is written has memory");
    NASNET_CHECK(written_.count(region) == (adds ? region.channels : 0),
                 "the first one to write to a place overwrites it, others add");
    written_.add(region);
  }
  void finish(const Work& work) {
    int& done = done_.at(work.step)[static_cast<size_t>(work.kind)];
    NASNET_CHECK(done < 0, "a work is done once");
    done = stage_;
  }

  void forward(const Work& work) {
    const Step& one = step(work.step);
    if (work.kind == Work::Kind::kResult) {
      demand_earlier_stage(Work::Kind::kForward, work.step);
    } else if (one.input.norm >= 0) {
      demand_earlier_stage(Work::Kind::kForward, one.input.norm);
    } else {
      demand_written(region(one.input.from, channels(one.input.op)));
    }
    finish(work);
    const Convolution* made = as<Convolution>(one);
    if (made && plan_.training && work.kind == Work::Kind::kForward) return;
    if (const Term* term = term_of(one);
        term && term->with >= 0 && as<Convolution>(step(term->with)))
      demand_earlier_stage(Work::Kind::kForward, term->with);
    if (one.output.buffer >= 0 && !(made && made->held))
      write(region(one.output, channels(one.op)), one.adds);
    if (made && made->twin.op >= 0 && !made->twin.held)
      write(region(made->twin.output, channels(made->twin.op)), false);
  }

  /// Values that were dropped are written anew, by all works that made them, in their order.
  void forward_again(const Work& work) {
    demand_earlier_stage(work.kind, work.step);
    const int place = places_.at({work.kind, work.step});
    NASNET_CHECK(place > last_again_, "a work is done again once, in its order");
    last_again_ = place;
    for (const int buffer : forward_use(plan_, work).writes) ++made_again_[buffer];
  }

  void backward(const Work& work) {
    for (const int buffer : backward_use(graph_, plan_, work).values)
      NASNET_CHECK(!plan_.buffers[buffer].made_again || made_again_[buffer] == makers_[buffer],
                   "values that are not kept are made again before they are read");
    const Step& one = step(work.step);
    for (const Region& zeros : work.zeros) write(zeros, false);
    if (one.output.buffer >= 0)
      demand_written({gradient_of(one.output.buffer), one.output.channel, channels(one.op)});
    const Convolution* made = as<Convolution>(one);
    if (work.kind == Work::Kind::kBackward && made) {
      if (one.output.buffer >= 0) {
        demand_earlier_stage(Work::Kind::kGradientSums, work.step);
      } else {
        demand_written({made->pending_gradient, 0, channels(one.op)});
        demand_earlier_stage(Work::Kind::kBackward, readers_[work.step]);
      }
    }
    finish(work);
    if (work.kind != Work::Kind::kBackward || !one.wants_gradient) return;
    if (one.input.pending) {
      const Step& norm = step(one.input.norm);
      write({as<Convolution>(norm)->pending_gradient, 0, channels(norm.op)}, false);
    } else {
      const Place& from = plan_.places[one.input.op];
      write({gradient_of(from.buffer), from.channel, channels(one.input.op)}, one.gradient_adds);
    }
  }

  const graph::Graph& graph_;
  const Plan& plan_;
  std::vector<std::array<int, 4>> done_;  // the stage by step and kind of work, -1 for not yet
  std::vector<int> readers_;              // of pending norms, by step
  int stage_ = 0;
  Cover written_;
  std::map<std::pair<Work::Kind, int>, int> places_;  // of works on the way forward
  int last_again_ = -1;                               // of them in a stage of the way back
  std::map<int, int> makers_, made_again_;            // by buffer: works that write it
};

/// Values and gradients are in memory while a work of the way back uses them.
void check_lifetimes(const graph::Graph& graph, const Plan& plan) {
  for (size_t s = 0; s < plan.backward.size(); ++s)
    for (const Work& work : plan.backward[s]) {
      const ForwardUse forward = goes_forward(work) ? forward_use(plan, work) : ForwardUse();
      const BackwardUse back = goes_forward(work) ? BackwardUse() : backward_use(graph, plan, work);
      for (const auto* buffers : {&forward.reads, &forward.writes, &back.values, &back.gradients})
        for (const int buffer : *buffers)
          NASNET_CHECK(plan.buffers[buffer].lives(plan.backward_stage(s)),
                       "a buffer lives while it is used");
    }
}

void check_arena(const Plan& plan) {
  for (const PlanBuffer& a : plan.buffers) {
    if (a.life.empty()) continue;
    NASNET_CHECK(a.offset >= 0 && a.offset + buffer_size(a.shape) <= plan.values_per_image,
                 "a buffer that is used lies in the arena");
    for (const PlanBuffer& b : plan.buffers) {
      NASNET_CHECK(&a == &b || !a.meets(b) || a.offset + buffer_size(a.shape) <= b.offset ||
                       b.offset + buffer_size(b.shape) <= a.offset,
                   "buffers that are used at the same time lie apart");
    }
  }
}

}  // namespace

void check_plan(const graph::Graph& graph, const Plan& plan) {
  Follower(graph, plan).follow();
  check_lifetimes(graph, plan);
  check_arena(plan);
}

}  // namespace nasnet::plan
