#pragma once

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
  virtual Logits infer(const Images& images, const std::vector<TensorView>& parameters) = 0;
  virtual Trained train(const Images& images, const graph::Pass& pass,
                        const std::vector<TensorView>& parameters) = 0;
};

/// With activations of type T.
template <class T>
class ExecutorOf final : public Executor::State {
 public:
  ExecutorOf(std::shared_ptr<const graph::Graph> graph, int threads)
      : shared_(std::move(graph), threads),
        inference_(*shared_.graph, false),
        infers_(shared_, inference_) {}

  void set_threads(int threads) override { shared_.workers.set_threads(threads); }

  Logits infer(const Images& images, const std::vector<TensorView>& parameters) override {
    return logits_of(infers_.forward(images, {}, parameters));
  }

  Executor::Trained train(const Images& images, const graph::Pass& pass,
                          const std::vector<TensorView>& parameters) override {
    if (!training_) training_.emplace(*shared_.graph, true);
    std::unique_ptr<PlanRunner<T>> runner;
    if (idle_.empty()) {
      idle_.reserve(++runners_made_);  // so that a pass gives it back without memory
      runner = std::make_unique<PlanRunner<T>>(shared_, *training_);
    } else {
      runner = std::move(idle_.back());
      idle_.pop_back();
    }
    Logits logits = logits_of(runner->forward(images, pass, parameters));
    auto self = std::static_pointer_cast<ExecutorOf>(this->shared_from_this());
    return {std::move(logits), std::make_unique<PassOf>(std::move(self), std::move(runner))};
  }

 private:
  /// Gives its runner back once it is done with it.
  class PassOf final : public TrainingPass {
   public:
    PassOf(std::shared_ptr<ExecutorOf> executor, std::unique_ptr<PlanRunner<T>> runner)
        : executor_(std::move(executor)), runner_(std::move(runner)) {}
    ~PassOf() override { give_back(); }

    void backward(const Logits& above, const GradientPlaces& gradients) override {
      if (!runner_)
        throw Error("a training pass goes back once: its values' memory has its gradients since");
      runner_->backward({above.main, above.auxiliary}, gradients);
      give_back();
    }

   private:
    void give_back() {
      if (!runner_) return;
      runner_->let_arena_go();
      executor_->idle_.push_back(std::move(runner_));
    }

    std::shared_ptr<ExecutorOf> executor_;
    std::unique_ptr<PlanRunner<T>> runner_;
  };

  static Logits logits_of(std::vector<Tensor> outputs) {
    return {outputs[0], outputs.size() > 1 ? outputs[1] : Tensor()};
  }

  SharedMemory<T> shared_;
  const PlanOf<T> inference_;
  std::optional<PlanOf<T>> training_;  // once it is asked for
  PlanRunner<T> infers_;
  std::vector<std::unique_ptr<PlanRunner<T>>> idle_;  // of training
  size_t runners_made_ = 0;
};

/// In bf16.cpp. Throws SystemError on a machine that cannot.
std::shared_ptr<Executor::State> make_bf16_executor(std::shared_ptr<const graph::Graph> graph,
                                                    int threads);

}  // namespace nasnet::fused
