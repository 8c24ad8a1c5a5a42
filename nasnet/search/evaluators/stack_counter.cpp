#include "nasnet/search/evaluators/stack_counter.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "nasnet/base/check.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/plan/plan.h"

namespace nasnet::search {
namespace {

constexpr const char* kMemory = "final_memory";
constexpr const char* kLatency = "final_latency_ms";

double memory_of(const graph::Graph& graph, const graph::Counts& counts) {
  const plan::Plan plan = plan::make_plan(graph, {});
  return static_cast<double>((counts.parameters + plan.values_per_image) *
                             static_cast<int64_t>(sizeof(float)));
}

void count_child(const graph::Graph& graph, Measurements& into) {
  const graph::Counts counts = graph::count(graph);
  into["parameters"] = static_cast<double>(counts.parameters);
  into["multiply_adds"] = static_cast<double>(counts.multiply_adds);
}

void count_final_graph(const graph::Graph& graph, const latency::LatencyTable* latencies,
                       bool with_memory, Measurements& into) {
  const graph::Counts counts = graph::count(graph);
  into["final_parameters"] = static_cast<double>(counts.parameters);
  into["final_multiply_adds"] = static_cast<double>(counts.multiply_adds);
  if (with_memory) into[kMemory] = memory_of(graph, counts);
  if (latencies) into[kLatency] = latencies->predict(graph);
}

/// Remembers candidates: a strategy asks for the same one several times before it proposes it.
class StackCounter : public Counter {
 public:
  StackCounter(std::shared_ptr<const space::SearchSpace> space, const graph::StackSettings& child,
               FinalStack final_stack, ChildScores scores)
      : space_(std::move(space)),
        child_(child),
        final_(std::move(final_stack)),
        scores_(std::move(scores)) {}

  std::vector<std::string> quantities() const override {
    std::vector<std::string> names = {"parameters", "multiply_adds", "final_parameters",
                                      "final_multiply_adds", kMemory};
    if (final_.latencies) names.emplace_back(kLatency);
    for (const scores::Score score : scores_.wanted()) names.push_back(to_text(score));
    return names;
  }

  Measurements count(const space::Choices& choices,
                     const std::vector<std::string>& names) const override {
    Measurements known = recall(choices);
    const auto is_known = [&](const std::string& name) { return known.contains(name); };
    if (std::all_of(names.begin(), names.end(), is_known)) return known;
    const auto genotype = space_->genotype(choices);
    NASNET_CHECK(genotype.has_value(), "the space has genotypes");
    const auto is_score = [&](const std::string& name) {
      return std::any_of(scores_.wanted().begin(), scores_.wanted().end(),
                         [&](scores::Score score) { return to_text(score) == name; });
    };
    const auto is_final = [](const std::string& name) { return name.rfind("final_", 0) == 0; };
    if (!std::all_of(names.begin(), names.end(), is_final)) {
      const graph::Graph child = graph::build(*genotype, child_);
      count_child(child, known);
      if (std::any_of(names.begin(), names.end(), is_score))
        known.merge(scores_.of(child, space_->canonical(choices)));
    }
    if (std::any_of(names.begin(), names.end(), is_final))
      count_final_graph(graph::build(*genotype, final_.stack), final_.latencies.get(),
                        std::find(names.begin(), names.end(), kMemory) != names.end(), known);
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kMost) known_.clear();
    known_[choices] = known;
    return known;
  }

 private:
  static constexpr size_t kMost = 4096;

  Measurements recall(const space::Choices& choices) const {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(choices);
    return found == known_.end() ? Measurements() : found->second;
  }

  std::shared_ptr<const space::SearchSpace> space_;
  graph::StackSettings child_;
  FinalStack final_;
  ChildScores scores_;
  mutable std::mutex mutex_;
  mutable std::map<space::Choices, Measurements> known_;
};

}  // namespace

std::shared_ptr<const Counter> make_stack_counter(std::shared_ptr<const space::SearchSpace> space,
                                                  const graph::StackSettings& child,
                                                  const FinalStack& final_stack,
                                                  const ChildScores& scores) {
  return std::make_shared<StackCounter>(std::move(space), child, final_stack, scores);
}

Measurements count_final(const space::Genotype& genotype, const FinalStack& final_stack) {
  Measurements counted;
  count_final_graph(graph::build(genotype, final_stack.stack), final_stack.latencies.get(), true,
                    counted);
  return counted;
}

}  // namespace nasnet::search
