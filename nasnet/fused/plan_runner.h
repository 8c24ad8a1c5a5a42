#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "nasnet/fused/ahead.h"
#include "nasnet/fused/executor.h"
#include "nasnet/fused/make_operators.h"
#include "nasnet/fused/shared_memory.h"

namespace nasnet::fused {

/// Runs a plan, a pass at a time, with activations and gradients of type T in memory.
template <class T>
class PlanRunner {
 public:
  /// Graph and plan must live as long.
  PlanRunner(const graph::Graph& graph, SharedMemory<T>& shared, const PlanOf<T>& of);
  ~PlanRunner() { let_arena_go(); }
  PlanRunner(const PlanRunner&) = delete;

  /// The plan's outputs, in their order.
  std::vector<Tensor> forward(const Images& images, const graph::Pass& how,
                              const std::vector<TensorView>& parameters);
  /// See TrainingPass::backward().
  void backward(const std::vector<Tensor>& above, const GradientPlaces& gradients, float* images);
  /// Releases the arena: a pass needs it from its first step to its last, backward in training.
  void let_arena_go();

 private:
  using Kind = plan::Work::Kind;

  const graph::Graph& graph() const { return pass_.graph; }
  StepOperator<T>& at(const plan::Work& work) { return *operators_[work.step]; }
  const plan::StepMemory& memory_of(const plan::Work& work) const {
    return plan_memory_.steps[work.step];
  }
  int64_t images_at_once(int64_t images) const;
  bool parameters_changed();
  void forward_at_once(const float* images);
  void take_images(const float* values);
  void enter(int stage) const;
  LookAhead look_ahead(const plan::Stage& stage) const;
  void run_forward(const plan::Stage& stage);
  void compute(const plan::Stage& stage);
  void set_zeros(const plan::Work& work, int64_t n) const;
  void run_backward(const plan::Stage& stage);
  void add_image_gradient(float* images);

  SharedMemory<T>& shared_;
  const plan::Plan& plan_;
  const plan::PlanMemory& plan_memory_;
  Operators<T> operators_;
  PassContext<T> pass_;  // the last one
  std::unique_ptr<Arena> arena_;
  /// Of the parameters that the weights of inference were made from, and SharedMemory::trained.
  std::vector<std::pair<const void*, uint64_t>> versions_;
  uint64_t trained_ = 0;
};

}  // namespace nasnet::fused
