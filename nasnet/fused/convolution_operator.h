#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/fused/batch_norm.h"
#include "nasnet/fused/convolution_weights.h"
#include "nasnet/fused/factors.h"
#include "nasnet/fused/pairs.h"
#include "nasnet/fused/term_operator.h"
#include "nasnet/plan/rows.h"

namespace nasnet::fused {

/// The common part of all convolutions with a batch norm, however they make their matrix rows
/// (plan::Way): weights, norm and results.
template <class T>
class ConvolutionOperator : public TermOperator<T> {
 public:
  ConvolutionOperator(const StepOf& of, BatchNorm<T>* read, const plan::Rows& rows);

  void begin(const PassContext<T>& pass) override;
  void take_parameters(const PassContext<T>& pass) override;
  void prepare_forward(const PassContext<T>& pass) override;
  void finish_forward(const PassContext<T>& pass) override;
  kernels::Term<T> term(const PassContext<T>& pass, int64_t n) const override;
  void write_result(const PassContext<T>& pass, int64_t n) override;
  void prepare_gradient_sums(const PassContext<T>& pass) override;
  void sum_gradients(const PassContext<T>& pass, int64_t n) override;
  void prepare_backward(const PassContext<T>& pass) override;
  void finish_backward(const PassContext<T>& pass, const float* weights) override;

  BatchNorm<T>* norm() override { return &norm_; }
  std::vector<Wanted> wanted(const PassContext<T>& pass, plan::Work::Kind kind,
                             bool near) const override;

 protected:
  // --- Inference ---

  /// The place of a convolution's result; a twin's, and a pending norm's, are places of their own.
  View<T> result(const PassContext<T>& pass, size_t convolution) const;
  /// The folded norm's bias, the ReLU of a pending norm, and whether the product is added.
  kernels::Finish<T> finish(size_t convolution) const;

  // --- Training ---

  /// See BatchNorm::raw_gradient().
  const float* gradient_scale(int64_t n, Scratch<T>& own) const {
    return norm_.gradient_scale(factors_.at(n), own.scale.data());
  }
  /// Adds the finished gradient of some pixels of the input to the sums of a pending norm.
  void sum_pending(const PassContext<T>& pass, int64_t n, kernels::PixelRange pixels) const;

  const plan::Convolution& made_;
  const plan::Rows rows_;
  ConvolutionWeights<T> weights_;
  BatchNorm<T> norm_;  // of training

 private:
  Factors factors_;  // of drop-path
};

}  // namespace nasnet::fused
