// Time against memory: training steps with more and more cells computed again on the way back.
// Processor time of one thread, medians of interleaved rounds: a shared machine will do.
//
//     bench_recompute [ROUNDS]

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "bench/processor_time.h"
#include "nasnet/base/tensor.h"
#include "nasnet/fused/executor.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/plan/pass_memory.h"
#include "nasnet/space/genotypes.h"

namespace {

using namespace nasnet;

struct Case {
  const char* name;
  graph::StackSettings stack;
  int64_t batch;
};

/// A network with gradients and images, enough for a training pass.
class Step {
 public:
  explicit Step(const Case& of)
      : graph_(std::make_shared<const graph::Graph>(
            graph::build(space::named_genotype("nasnet-a"), of.stack))),
        batch_(of.batch),
        executor_(graph_),
        images_(static_cast<size_t>(of.batch * graph_->operators[0].output.elements()), 0.1f) {
    for (const graph::Parameter& parameter : graph_->parameters) {
      parameters_.emplace_back(parameter.shape);
      parameters_.back().set_row_major(graph::initial_values(parameter, 1));
      gradients_.emplace_back(parameter.shape);
    }
  }

  const graph::Graph& graph() const { return *graph_; }

  /// Seconds of the processor.
  double run(int cells) {
    const double begin = bench::seconds(true);
    std::vector<TensorView> views(parameters_.begin(), parameters_.end());
    fused::Executor::Trained trained = executor_.train(
        {images_.data(), batch_}, {.training = true, .recomputed_cells = cells}, views);
    std::vector<Tensor> above;
    for (const Tensor& output : trained.outputs) {
      above.emplace_back(output.shape());
      std::ranges::fill(above.back().change(), 1e-3f);
    }
    fused::GradientPlaces places;
    for (size_t i = 0; i < gradients_.size(); ++i)
      places.push_back(graph_->parameters[i].trainable() ? gradients_[i].change().data() : nullptr);
    trained.pass->backward(above, places);
    return bench::seconds(true) - begin;
  }

 private:
  std::shared_ptr<const graph::Graph> graph_;
  int64_t batch_;
  fused::Executor executor_;
  std::vector<Tensor> parameters_, gradients_;
  std::vector<float> images_;
};

void measure(const Case& of, int rounds) {
  Step step(of);
  const auto memory = [&](int cells) {
    return plan::estimate_pass(step.graph(),
                               {.training = true, .outputs = {}, .recomputed_cells = cells},
                               plan::ValueType::kFloat32, of.batch);
  };
  const int all = memory(0).recomputed.of;
  const std::vector<int> counts = {0, all / 4, all / 2, 3 * all / 4, all};
  std::vector<std::vector<double>> seconds(counts.size());
  for (int round = 0; round <= rounds; ++round)
    for (size_t k = 0; k < counts.size(); ++k) {
      const double one = step.run(counts[k]);
      if (round > 0) seconds[k].push_back(one);  // the first one meets fresh memory
    }
  for (size_t k = 0; k < counts.size(); ++k) {
    const plan::PassMemory needs = memory(counts[k]);
    const double median = bench::median(seconds[k]);
    fmt::print("| {} | {} of {} | {:.0f} MB | {:.2f} s | {:+.0f} % | {:+.0f} % |\n", of.name,
               counts[k], all, static_cast<double>(needs.activations) / 1e6, median,
               100 * (median / bench::median(seconds[0]) - 1), 100 * needs.recomputed.share / 3);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int count, char** arguments) {
  const int rounds = count > 1 ? std::max(1, std::atoi(arguments[1])) : 3;
  fmt::print("| network | computed again | activations | step | more time | foreseen |\n");
  fmt::print("| --- | --- | --- | --- | --- | --- |\n");
  measure({"mobile 4@1056, 224, batch 32",
           {graph::StackKind::kMobile, 4, 44, 1000, {224, 224, 3}, true},
           32},
          rounds);
  measure({"large 6@4032, 331, batch 1",
           {graph::StackKind::kLarge, 6, 168, 1000, {331, 331, 3}, true},
           1},
          rounds);
  return 0;
}
