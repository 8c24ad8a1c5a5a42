#pragma once

// The interface between a plan's steps and the code that runs them.

#include <cstdint>
#include <memory>
#include <vector>

#include "nasnet/fused/ahead.h"
#include "nasnet/fused/batch_norm.h"
#include "nasnet/fused/pass_context.h"
#include "nasnet/kernels/activation.h"
#include "nasnet/plan/plan.h"
#include "nasnet/plan/rows.h"

namespace nasnet::fused {

inline kernels::Write write_of(bool adds) {
  return adds ? kernels::Write::kAdd : kernels::Write::kReplace;
}

/// A step with its plan and graph.
struct StepOf {
  const graph::Graph& graph;
  const plan::Plan& plan;
  const plan::Step& step;

  const graph::Operator& op(int index) const { return graph.operators[index]; }
  /// The operator whose result the step computes.
  const graph::Operator& op() const { return op(step.op); }
};

/// A step's input and the place of its gradient.
template <class T>
class Input {
 public:
  /// `norm`: in training, the batch norm to apply when loading (StepInput::norm); or null.
  Input(const StepOf& of, BatchNorm<T>* norm) : of_(of), norm_(norm) {}

  const graph::Shape& shape() const { return of_.op(of_.step.input.op).output; }
  kernels::Size size() const { return plan::size_of(shape()); }
  bool relu() const { return of_.step.input.relu; }
  /// The norm and the ReLU to apply when loading.
  kernels::Activation activation() const { return {.affine = affine(), .relu = relu()}; }
  View<T> values(const PassContext<T>& pass) const { return pass.view(of_.step.input.from); }
  /// The norm to apply when loading. In inference norms are folded into their convolutions.
  kernels::Affine affine() const {
    return norm_ ? norm_->affine().from_channel(of_.step.input.from.channel) : kernels::Affine{};
  }

  bool wants_gradient() const { return of_.step.wants_gradient; }
  kernels::Write gradient_write() const { return write_of(of_.step.gradient_adds); }
  View<T> gradient(const PassContext<T>& pass) const {
    if (pending_norm()) return norm_->pending_gradient(pass);
    return pass.gradient(of_.plan.places[of_.step.input.op]);
  }
  /// The pending norm whose only reader is this step, which sums its gradient; or null.
  BatchNorm<T>* pending_norm() const { return of_.step.input.pending ? norm_ : nullptr; }

 private:
  const StepOf of_;
  BatchNorm<T>* norm_;
};

/// Executes one step of a plan: image by image, on any thread, and between stages for all images.
/// Owns the step's state between its works.
template <class T>
class StepOperator {
 public:
  using Pass = PassContext<T>;

  StepOperator(const StepOf& of, BatchNorm<T>* read) : of_(of), input_(of, read) {}
  virtual ~StepOperator() = default;
  StepOperator(const StepOperator&) = delete;
  StepOperator& operator=(const StepOperator&) = delete;

  /// Before a pass's first stage: draws random numbers.
  virtual void begin(const Pass&) {}
  /// Before an inference whose parameters are not those of the last one.
  virtual void take_parameters(const Pass&) {}
  /// The step of all images in inference, where each is a stage.
  virtual void infer(const Pass& pass) {
    pass.workers.for_images(pass.images,
                            [&](int64_t n, Scratch<T>& own) { forward(pass, n, own); });
  }

  // For each plan::Work: prepare_... runs before its stage, then an image's part, then finish_....
  virtual void prepare_forward(const Pass&) {}
  virtual void forward(const Pass& pass, int64_t n, Scratch<T>& own) = 0;
  virtual void finish_forward(const Pass&) {}

  virtual void write_result(const Pass&, int64_t) {}

  virtual void prepare_gradient_sums(const Pass&) {}
  virtual void sum_gradients(const Pass&, int64_t) {}

  virtual void prepare_backward(const Pass&) {}
  /// Adds to `weights`, the gradients of the step's packed weights for a group of images.
  virtual void backward(const Pass& pass, int64_t n, Scratch<T>& own, float* weights) = 0;
  /// `weights`: of all groups.
  virtual void finish_backward(const Pass&, const float*) {}

  /// The norm that ends the step in training, or null.
  virtual BatchNorm<T>* norm() { return nullptr; }
  /// Memory of an image to prefetch before a work begins. `near`: the input is in the cache.
  virtual std::vector<Wanted> wanted(const Pass&, plan::Work::Kind,
                                     [[maybe_unused]] bool near) const {
    return {};
  }

 protected:
  const graph::Shape& shape() const { return of_.op().output; }
  kernels::Size size() const { return plan::size_of(shape()); }
  /// How the result is written to its place.
  kernels::Write write() const { return write_of(of_.step.adds); }

  const StepOf of_;
  const Input<T> input_;
};

}  // namespace nasnet::fused
