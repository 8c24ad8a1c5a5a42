#pragma once

// Plans are made at their first use, and runners are kept: a runner holds what a pass needs until
// it has gone back, so that as many exist as passes have waited at once.

#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "nasnet/base/error.h"
#include "nasnet/fused/executor.h"
#include "nasnet/fused/plan_runner.h"

namespace nasnet::fused {

/// One of the two implementations behind Executor.
class Executor::State : public std::enable_shared_from_this<Executor::State> {
 public:
  virtual ~State() = default;
  virtual void set_threads(int threads) = 0;
  virtual std::vector<Tensor> infer(const Images& images,
                                    const std::vector<TensorView>& parameters) = 0;
  virtual Trained train(const Images& images, const graph::Pass& pass,
                        const std::vector<TensorView>& parameters) = 0;
  /// Of the same kind, over the same threads and memory.
  virtual std::shared_ptr<State> beside(std::shared_ptr<const graph::Graph> graph,
                                        std::vector<int> outputs) const = 0;
};

/// With activations of type T.
template <class T>
class ExecutorOf final : public Executor::State {
 public:
  ExecutorOf(std::shared_ptr<const graph::Graph> graph, std::vector<int> outputs,
             std::shared_ptr<SharedMemory<T>> shared)
      : graph_(std::move(graph)),
        shared_(std::move(shared)),
        outputs_(std::move(outputs)),
        inference_(*graph_, {.outputs = outputs_}),
        infers_(*graph_, *shared_, inference_) {}

  void set_threads(int threads) override { shared_->workers.set_threads(threads); }

  std::shared_ptr<State> beside(std::shared_ptr<const graph::Graph> graph,
                                std::vector<int> outputs) const override {
    return std::make_shared<ExecutorOf>(std::move(graph), std::move(outputs), shared_);
  }

  std::vector<Tensor> infer(const Images& images,
                            const std::vector<TensorView>& parameters) override {
    return infers_.forward(images, {}, parameters);
  }

  Executor::Trained train(const Images& images, const graph::Pass& pass,
                          const std::vector<TensorView>& parameters) override {
    const plan::PlanSettings settings{.training = true,
                                      .outputs = outputs_,
                                      .image_gradient = images.wants_gradient,
                                      .recomputed_cells = pass.recomputed_cells};
    Training& training = training_[{settings.image_gradient, settings.recomputed_cells}];
    std::unique_ptr<PlanRunner<T>> runner = take(training, settings);
    std::vector<Tensor> outputs = runner->forward(images, pass, parameters);
    auto self = std::static_pointer_cast<ExecutorOf>(this->shared_from_this());
    return {std::move(outputs),
            std::make_unique<PassOf>(std::move(self), training, std::move(runner))};
  }

 private:
  using Runner = std::unique_ptr<PlanRunner<T>>;

  /// Of training of one kind.
  struct Training {
    std::optional<PlanOf<T>> plan;  // made at its first use
    std::vector<Runner> idle;
    size_t runners_made = 0;
  };

  /// Returns its runner to the idle ones after the way back.
  class PassOf final : public TrainingPass {
   public:
    PassOf(std::shared_ptr<ExecutorOf> executor, Training& of, Runner runner)
        : executor_(std::move(executor)), of_(of), runner_(std::move(runner)) {}
    ~PassOf() override { give_back(); }

    void backward(const std::vector<Tensor>& above, const GradientPlaces& gradients,
                  float* images) override {
      if (!runner_)
        throw Error(
            "a training pass runs backward once: its gradients have overwritten its values");
      runner_->backward(above, gradients, images);
      give_back();
    }

   private:
    void give_back() {
      if (!runner_) return;
      runner_->let_arena_go();
      of_.idle.push_back(std::move(runner_));
    }

    std::shared_ptr<ExecutorOf> executor_;
    Training& of_;  // the executor's
    Runner runner_;
  };

  /// An idle runner or a new one: several passes may be under way, each with values of its own.
  Runner take(Training& of, const plan::PlanSettings& settings) {
    if (!of.plan) of.plan.emplace(*graph_, settings);
    if (of.idle.empty()) {
      of.idle.reserve(++of.runners_made);  // so that a pass gives it back without memory
      return std::make_unique<PlanRunner<T>>(*graph_, *shared_, *of.plan);
    }
    Runner runner = std::move(of.idle.back());
    of.idle.pop_back();
    return runner;
  }

  const std::shared_ptr<const graph::Graph> graph_;
  const std::shared_ptr<SharedMemory<T>> shared_;
  const std::vector<int> outputs_;
  const PlanOf<T> inference_;
  PlanRunner<T> infers_;
  /// With the gradient of the images or without, and with so many cells computed again.
  std::map<std::pair<bool, int>, Training> training_;
};

/// In bf16.cpp. Throws SystemError on a machine that cannot.
std::shared_ptr<Executor::State> make_bf16_executor(std::shared_ptr<const graph::Graph> graph,
                                                    const ExecutorSettings& settings);

}  // namespace nasnet::fused
