#pragma once

#include "nasnet/fused/image_convolution.h"

namespace nasnet::fused {

/// A convolution that multiplies its result in bands of rows, and in training adds each band to the
/// norm's sums while it is in the cache.
template <class T>
class BandedConvolution : public ImageConvolution<T> {
 public:
  using ImageConvolution<T>::ImageConvolution;

  void infer(const PassContext<T>& pass) override;
  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;

 protected:
  /// Multiplies some result rows of the image in the scratch; `half`: 0, or which one of a
  /// reduction.
  virtual void multiply(int half, const plan::Band& band, Scratch<T>& own, kernels::Pixels<T> out,
                        const kernels::Finish<T>& finish) const = 0;

  int halves() const { return static_cast<int>(this->made_.convolutions.size()); }
};

}  // namespace nasnet::fused
