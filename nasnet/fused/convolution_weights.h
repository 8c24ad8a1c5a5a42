#pragma once

#include <cstdint>

#include "nasnet/fused/pass_context.h"
#include "nasnet/fused/weights.h"
#include "nasnet/kernels/aligned.h"
#include "nasnet/plan/plan.h"

namespace nasnet::fused {

/// Packed weights of a convolution step.
template <class T>
struct ConvolutionWeights {
  /// Of both halves of a reduction; of a twin in inference. In training a twin's lie beside the
  /// other's, in the first one.
  PackedConvolution<T> packed[2];
  kernels::AlignedFloats depthwise;
  kernels::AlignedFloats bias[2];  ///< of inference: shifts of the folded norms

  /// For training.
  void pack(const PassContext<T>& pass, const plan::Convolution& made);
  /// For inference: folds norms with running statistics into weights and biases.
  void fold(const PassContext<T>& pass, const plan::Step& step);
  /// Adds the gradients of the parameters. `gradients`: in the form of `packed`, one after the
  /// other, then the depthwise part's.
  void add_gradients(const PassContext<T>& pass, const plan::Convolution& made,
                     const float* gradients) const;
};

/// The convolutions of a step, a twin's last.
std::vector<int> all_convolutions(const plan::Convolution& made);

}  // namespace nasnet::fused
