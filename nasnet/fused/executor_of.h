#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "nasnet/fused/all_parts-inl.h"
#include "nasnet/fused/executor.h"

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
      : threads_(std::make_unique<ThreadPool>(threads)),
        shared_(std::move(graph)),
        infers_(shared_) {
    shared_.threads = threads_.get();
  }

  void set_threads(int threads) override {
    if (threads == threads_->threads()) return;
    threads_ = std::make_unique<ThreadPool>(threads);
    shared_.threads = threads_.get();
  }

  Logits infer(const Images& images, const std::vector<TensorView>& parameters) override {
    return infers_.forward(images, {}, parameters);
  }

  Executor::Trained train(const Images& images, const graph::Pass& pass,
                          const std::vector<TensorView>& parameters) override {
    if (shared_.training.steps.empty()) shared_.training = plan::make_plan(*shared_.graph, true);
    std::unique_ptr<PlanRunner<T>> runner;
    if (idle_.empty()) {
      idle_.reserve(++runners_made_);  // so that a pass gives it back without memory
      runner = std::make_unique<PlanRunner<T>>(shared_);
    } else {
      runner = std::move(idle_.back());
      idle_.pop_back();
    }
    Logits logits = runner->forward(images, pass, parameters);
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
      runner_->backward(above, gradients);
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

  std::unique_ptr<ThreadPool> threads_;
  SharedMemory<T> shared_;
  PlanRunner<T> infers_;
  std::vector<std::unique_ptr<PlanRunner<T>>> idle_;  // of training
  size_t runners_made_ = 0;
};

/// In bf16.cpp. Throws SystemError on a machine that cannot.
std::shared_ptr<Executor::State> make_bf16_executor(std::shared_ptr<const graph::Graph> graph,
                                                    int threads);

}  // namespace nasnet::fused
