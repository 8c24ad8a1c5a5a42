#pragma once

#include <cstdint>
#include <vector>

#include "nasnet/fused/step_operator.h"

namespace nasnet::fused {

/// A layer norm or an instance norm. Only two genotypes have them: plain loops, not vectors.
template <class T>
class NormalizeOperator final : public StepOperator<T> {
 public:
  NormalizeOperator(const StepOf& of, BatchNorm<T>* read);

  void forward(const PassContext<T>& pass, int64_t n, Scratch<T>& own) override;
  void prepare_backward(const PassContext<T>& pass) override;
  void backward(const PassContext<T>& pass, int64_t n, Scratch<T>& own, float* weights) override;
  void finish_backward(const PassContext<T>& pass, const float* weights) override;

 private:
  /// Mean and 1 / deviation of each channel of an image, the same for all with a layer norm.
  struct Moments {
    std::vector<double> mean, inverse;
  };
  Moments moments(kernels::Pixels<const T> x) const;
  void join(std::vector<double>& sums) const;

  const bool layer_;                   // norm, over all channels
  const double count_;                 // of values normalised together
  std::vector<double> gradient_sums_;  // by image, of gain and shift
};

}  // namespace nasnet::fused
