// Weights change once a step and are read for each image: they are packed once, in the order in
// which the products read them, both ways. In inference the norm is multiplied into them (Jacob et
// al. 2018, section 3.2, without their quantisation).

#include "nasnet/fused/convolution_weights.h"

#include <cmath>
#include <vector>

#include "nasnet/base/check.h"

namespace nasnet::fused {

using kernels::padded;

/// A step's own convolutions, then its twin's, which share the rows that they multiply.
std::vector<int> all_convolutions(const plan::Convolution& made) {
  std::vector<int> all = made.convolutions;
  if (made.twin.op >= 0) all.push_back(made.twin.convolution);
  return all;
}

template <class T>
void ConvolutionWeights<T>::pack(const PassContext<T>& pass, const plan::Convolution& made) {
  if (made.is_norm_alone()) return;
  std::vector<TensorView> weights;
  for (const int convolution : all_convolutions(made))
    weights.push_back(pass.parameter(convolution));
  // Its halves read different pixels: two products, with weights of their own.
  if (made.is_reduction()) {
    for (size_t half = 0; half < weights.size(); ++half)
      fused::pack<T>({weights[half]}, Packing::kBothWays, packed[half]);
  } else {
    fused::pack<T>(weights, Packing::kBothWays, packed[0]);
  }
  if (made.depthwise >= 0) pack_depthwise(pass.parameter(made.depthwise), depthwise);
}

/// Weights with the norm's factor in them, and a bias in place of the rest of it: w gamma / s and
/// beta - mean gamma / s, with s the moving deviation.
template <class T>
void ConvolutionWeights<T>::fold(const PassContext<T>& pass, const plan::Step& step) {
  const auto& made = std::get<plan::Convolution>(step.kind);
  const std::vector<int> convolutions = all_convolutions(made);
  int64_t first = 0;  // channel of the norm
  for (size_t part = 0; part < convolutions.size(); ++part) {
    const TensorView& weight = pass.parameter(convolutions[part]);
    const bool twin = convolutions[part] == made.twin.convolution;
    const int norm = twin ? made.twin.op : step.op;
    if (twin) first = 0;
    std::vector<float> scale;
    bias[part].assign(padded(weight.shape[0]), 0.0f);
    for (int64_t o = 0; o < weight.shape[0]; ++o) {
      const int64_t c = first + o;
      // A convolution with a bias has no norm to fold.
      if (pass.graph.operators[norm].kind == graph::OperatorKind::kBias) {
        scale.push_back(1.0f);
        bias[part][o] = pass.values(norm)[c];
        continue;
      }
      const double factor = pass.values(norm)[c] / std::sqrt(pass.values(norm, 3)[c] +
                                                             pass.graph.recipe.batch_norm_epsilon);
      scale.push_back(static_cast<float>(factor));
      bias[part][o] =
          static_cast<float>(pass.values(norm, 1)[c] - pass.values(norm, 2)[c] * factor);
    }
    fused::pack<T>({weight}, Packing::kForward, packed[part], scale);
    first += weight.shape[0];
  }
  if (made.depthwise >= 0) pack_depthwise(pass.parameter(made.depthwise), depthwise);
}

template <class T>
void ConvolutionWeights<T>::add_gradients(const PassContext<T>& pass, const plan::Convolution& made,
                                          const float* gradients) const {
  const std::vector<int> convolutions = all_convolutions(made);
  int64_t column = 0;
  for (size_t part = 0; part < convolutions.size(); ++part) {
    const PackedConvolution<T>& of = packed[made.is_reduction() ? part : 0];
    const TensorView& weight = pass.parameter(convolutions[part]);
    unpack_gradient(gradients + column, padded(of.outputs), weight,
                    pass.parameter_gradient(convolutions[part]));
    column += weight.shape[0];
    if (column < of.outputs) continue;  // a twin's lie beside
    gradients += of.gradient_size();
    column = 0;
  }
  NASNET_CHECK(column == 0, "every convolution has got its gradient");
  if (made.depthwise >= 0)
    unpack_depthwise_gradient(gradients, pass.parameter(made.depthwise),
                              pass.parameter_gradient(made.depthwise));
}

template struct ConvolutionWeights<float>;
template struct ConvolutionWeights<kernels::Bf16>;

}  // namespace nasnet::fused
