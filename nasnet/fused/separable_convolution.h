#pragma once

#include "nasnet/fused/banded_convolution.h"

namespace nasnet::fused {

/// A depthwise convolution and the 1x1 convolution that reads it: each band of the first's result
/// is multiplied by the second while it is in the cache, and computed again backward.
template <class T>
class SeparableConvolution final : public BandedConvolution<T> {
 public:
  using BandedConvolution<T>::BandedConvolution;

  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;

 protected:
  void multiply(int half, const plan::Band& band, Scratch<T>& own, kernels::Pixels<T> out,
                const kernels::Finish<T>& finish) const override;

 private:
  kernels::Pixels<const T> depthwise(const plan::Band& band, Scratch<T>& own) const;
  kernels::Passage<T> passage(const PassContext<T>& pass, int64_t n, Scratch<T>& own) const;
};

}  // namespace nasnet::fused
