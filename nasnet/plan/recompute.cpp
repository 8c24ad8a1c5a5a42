// Cells that are computed again on the way back (Chen et al., "Training Deep Nets with Sublinear
// Memory Cost", 2016). A cell's own values, those that nobody else reads, are dropped after the way
// forward, and made again just before the way back needs the first of them. Statistics of norms
// stay, so that nothing waits for sums over all images: one stage makes a cell's values, the same
// bits as before.
//
// Kept are values between cells. Where the convolutions that read a cell's result are narrower
// than it is, as NASNet's projections are, they count as the cell's last part: their results are
// kept in place of the cell's own.

#include <algorithm>
#include <map>

#include "nasnet/base/check.h"
#include "nasnet/plan/parts.h"
#include "nasnet/plan/uses.h"

namespace nasnet::plan {
namespace {

/// Owners of buffers that are no cell's.
constexpr int kUnused = -2, kShared = -1;

class Recomputation {
 public:
  Recomputation(const graph::Graph& graph, Plan& plan)
      : graph_(graph), plan_(plan), owners_(plan.buffers.size(), kUnused) {
    find_cells();
    find_owners();
    for (int cell = 0; cell < static_cast<int>(graph.sections.size()); ++cell) consider(cell);
  }

  void apply(int cells) {
    plan_.recomputed.of = static_cast<int>(choices_.size());
    std::stable_sort(choices_.begin(), choices_.end(), [](const Choice& a, const Choice& b) {
      return a.values_for_work() > b.values_for_work();
    });
    choices_.resize(std::min(choices_.size(), static_cast<size_t>(std::max(cells, 0))));
    plan_.recomputed.cells = static_cast<int>(choices_.size());
    int64_t again = 0, all = 0;
    for (const Choice& choice : choices_) again += choice.multiply_adds;
    for (const Step& step : plan_.steps) all += multiply_adds(step);
    plan_.recomputed.share = all > 0 ? static_cast<double>(again) / static_cast<double>(all) : 0;
    for (const Choice& choice : choices_)
      for (size_t b = 0; b < owners_.size(); ++b)
        if (owners_[b] == choice.cell) plan_.buffers[b].made_again = true;
    insert_stages();
  }

 private:
  /// A cell that could be computed again.
  struct Choice {
    int cell;
    Stage works;
    size_t before;              ///< the stage of the way back that needs the first value
    int64_t values = 0;         ///< an image, that need not be kept
    int64_t multiply_adds = 0;  ///< of the works

    double values_for_work() const {
      return static_cast<double>(values) / static_cast<double>(multiply_adds + 1);
    }
  };

  const Step& step(const Work& work) const { return plan_.steps[work.step]; }
  int64_t size(int buffer) const { return buffer_size(plan_.buffers[buffer].shape); }

  int64_t multiply_adds(const Step& step) const {
    const Convolution* made = as<Convolution>(step);
    if (!made) return 0;
    int64_t sum = 0;
    const auto add = [&](int op) {
      if (op >= 0) sum += graph_.operators[op].multiply_adds(graph_.operators);
    };
    for (const int convolution : made->convolutions) add(convolution);
    add(made->depthwise);
    add(made->twin.convolution);
    return sum;
  }

  /// The section that each step belongs to.
  void find_cells() {
    for (const Step& step : plan_.steps) cells_.push_back(graph_.operators[step.op].section);
    std::map<int, int> makers;  // of buffers: their cells, or kShared
    for (const Stage& stage : plan_.forward)
      for (const Work& work : stage)
        for (const int buffer : forward_use(plan_, work).writes) {
          const int cell = cells_[work.step];
          if (const auto [known, fresh] = makers.try_emplace(buffer, cell);
              !fresh && known->second != cell)
            known->second = kShared;
        }
    std::map<int, std::vector<size_t>> readers;  // of buffers: steps of other cells
    for (size_t t = 0; t < plan_.steps.size(); ++t) {
      const int buffer = plan_.steps[t].input.from.buffer;
      const auto maker = makers.find(buffer);
      if (maker != makers.end() && maker->second >= 0 && maker->second != cells_[t])
        readers[buffer].push_back(t);
    }
    for (const auto& [buffer, steps] : readers) {
      int64_t made = 0;
      for (const size_t t : steps)
        if (const Convolution* one = as<Convolution>(plan_.steps[t])) made += size(one->raw);
      if (made >= size(buffer)) continue;
      for (const size_t t : steps)
        if (as<Convolution>(plan_.steps[t])) cells_[t] = makers.at(buffer);
    }
  }

  void own(int buffer, int cell) {
    int& owner = owners_[buffer];
    if (owner == kUnused) owner = cell;
    if (owner != cell) owner = kShared;
  }

  /// Values that one cell alone uses are its own.
  void find_owners() {
    if (plan_.places[0].buffer >= 0) owners_[plan_.places[0].buffer] = kShared;  // the caller's
    for (const Stage& stage : plan_.forward)
      for (const Work& work : stage) {
        const ForwardUse use = forward_use(plan_, work);
        for (const int buffer : use.reads) own(buffer, cells_[work.step]);
        for (const int buffer : use.writes) own(buffer, cells_[work.step]);
      }
    for (const Stage& stage : plan_.backward)
      for (const Work& work : stage)
        for (const int buffer : backward_use(graph_, plan_, work).values)
          own(buffer, cells_[work.step]);
  }

  /// Adds the cell to the choices if the way back needs values of its own.
  void consider(int cell) {
    std::vector<bool> wanted(owners_.size());
    Choice choice{.cell = cell, .works = {}, .before = plan_.backward.size()};
    for (size_t s = plan_.backward.size(); s-- > 0;)
      for (const Work& work : plan_.backward[s])
        for (const int buffer : backward_use(graph_, plan_, work).values) {
          if (owners_[buffer] != cell) continue;
          if (!wanted[buffer]) choice.values += size(buffer);
          wanted[buffer] = true;
          choice.before = s;
        }
    if (choice.values == 0) return;
    // The works that make them, and those that make their inputs.
    for (auto stage = plan_.forward.rbegin(); stage != plan_.forward.rend(); ++stage)
      for (auto work = stage->rbegin(); work != stage->rend(); ++work) {
        const ForwardUse use = forward_use(plan_, *work);
        if (std::none_of(use.writes.begin(), use.writes.end(), [&](int b) { return wanted[b]; }))
          continue;
        for (const int buffer : use.reads)
          if (owners_[buffer] == cell) wanted[buffer] = true;
        NASNET_CHECK(!step(*work).adds || std::all_of(use.writes.begin(), use.writes.end(),
                                                      [&](int b) { return owners_[b] == cell; }),
                     "nothing is added twice to values that are kept");
        choice.works.push_back({work->kind, work->step, {}});
        if (work->kind == Work::Kind::kForward) choice.multiply_adds += multiply_adds(step(*work));
      }
    std::reverse(choice.works.begin(), choice.works.end());
    choices_.push_back(std::move(choice));
  }

  void insert_stages() {
    std::vector<Stage> backward;
    for (size_t s = 0; s < plan_.backward.size(); ++s) {
      for (Choice& choice : choices_)
        if (choice.before == s) backward.push_back(std::move(choice.works));
      backward.push_back(std::move(plan_.backward[s]));
    }
    plan_.backward = std::move(backward);
  }

  const graph::Graph& graph_;
  Plan& plan_;
  std::vector<int> cells_;   // by step
  std::vector<int> owners_;  // by buffer
  std::vector<Choice> choices_;
};

}  // namespace

void add_recomputation(const graph::Graph& graph, int cells, Plan& plan) {
  Recomputation(graph, plan).apply(cells);
}

}  // namespace nasnet::plan
