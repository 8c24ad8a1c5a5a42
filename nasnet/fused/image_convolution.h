#pragma once

#include "nasnet/fused/convolution_operator.h"

namespace nasnet::fused {

/// A convolution whose windows reach over its input's edge: each image is activated and padded into
/// the thread's scratch.
template <class T>
class ImageConvolution : public ConvolutionOperator<T> {
 public:
  using ConvolutionOperator<T>::ConvolutionOperator;

 protected:
  /// The whole image. Later steps of the stage that read the same input find it ready.
  void activate(const PassContext<T>& pass, int64_t n, Scratch<T>& own) const;
  /// Only the part that some rows of the result read.
  void activate_part(const PassContext<T>& pass, int64_t n, const plan::Band& band,
                     Scratch<T>& own) const;
  /// Memory for a gradient of the result's pixels, of `channels` each, inside a border of zeros.
  kernels::Pixels<float> bordered_gradient(int64_t channels, const kernels::Border& border,
                                           Scratch<T>& own) const;

 private:
  void clear_border(Scratch<T>& own) const;
  void fill(const PassContext<T>& pass, int64_t n, const plan::Band& band, Scratch<T>& own) const;
};

}  // namespace nasnet::fused
