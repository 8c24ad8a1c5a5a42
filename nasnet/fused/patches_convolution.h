#pragma once

#include "nasnet/fused/banded_convolution.h"
#include "nasnet/kernels/bf16.h"

namespace nasnet::fused {

/// A dense convolution in bf16, or both halves of a factorised reduction: windows are copied first,
/// as bf16 products want pairs of values.
class PatchesConvolution final : public BandedConvolution<kernels::Bf16> {
 public:
  using BandedConvolution<kernels::Bf16>::BandedConvolution;

  void backward(const PassContext<kernels::Bf16>& pass, int64_t n, Scratch<kernels::Bf16>& own,
                float* weights) override;

 protected:
  void multiply(int half, const plan::Band& band, Scratch<kernels::Bf16>& own,
                kernels::Pixels<kernels::Bf16> out,
                const kernels::Finish<kernels::Bf16>& finish) const override;

 private:
  kernels::Pixels<const kernels::Bf16> windows(int half, const plan::Band& band,
                                               Scratch<kernels::Bf16>& own) const;
};

}  // namespace nasnet::fused
