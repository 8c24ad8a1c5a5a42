#include "tests/libtorch/golden.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <cstdlib>

namespace nasnet::libtorch {
namespace {

using graph::Parameter;
using graph::ParameterRole;

double value(const Parameter& parameter, double u, double fan_in) {
  switch (parameter.role) {
    case ParameterRole::kConvWeight:
    case ParameterRole::kDepthwiseWeight:
    case ParameterRole::kLinearWeight:
      return (2 * u - 1) * std::sqrt(3 / fan_in);
    case ParameterRole::kGamma:
    case ParameterRole::kMovingVariance:
      return 0.5 + u;
    case ParameterRole::kBeta:
    case ParameterRole::kMovingMean:
      return 0.2 * (2 * u - 1);
    case ParameterRole::kBias:
      return 0.1 * (2 * u - 1);
  }
  return 0;
}

}  // namespace

uint32_t golden_hash(const std::string& name) {
  uint32_t hash = 2166136261u;
  for (const unsigned char c : name) hash = (hash ^ c) * 16777619u;
  return hash;
}

double golden_unit(const std::string& name, uint64_t index) {
  auto x = static_cast<uint32_t>(golden_hash(name) + index * 2654435761u);
  x ^= x >> 16;
  x *= 0x85ebca6bu;
  x ^= x >> 13;
  x *= 0xc2b2ae35u;
  x ^= x >> 16;
  return x / 4294967296.0;
}

c10::Device test_device() {
  const char* name = std::getenv("NASNET_TEST_DEVICE");
  return c10::Device(name ? name : "cpu");
}

void fill_golden(Module& network) {
  const std::vector<Parameter>& parameters = network.graph().parameters;
  for (size_t p = 0; p < parameters.size(); ++p) {
    const Parameter& parameter = parameters[p];
    const std::vector<int64_t>& shape = parameter.shape;
    at::Tensor values = at::empty(shape, c10::kDouble);
    double* data = values.data_ptr<double>();
    const int64_t out = shape[0], in = shape.size() > 1 ? shape[1] : 1;
    const int64_t area = shape.size() == 4 ? shape[2] * shape[3] : 1;
    const bool depthwise = parameter.role == ParameterRole::kDepthwiseWeight;
    const double fan_in = static_cast<double>(area * (depthwise ? 1 : in));
    for (int64_t o = 0; o < out; ++o)
      for (int64_t i = 0; i < in; ++i)
        for (int64_t a = 0; a < area; ++a) {
          // Ours is [out, in, area]; theirs [area, in, out], depthwise [area, channel, 1].
          const int64_t index = depthwise ? a * out + o : (a * in + i) * out + o;
          const double u = golden_unit(parameter.name, static_cast<uint64_t>(index));
          data[(o * in + i) * area + a] = value(parameter, u, fan_in);
        }
    at::Tensor target = network.tensors()[p].detach();
    target.copy_(values);
  }
}

at::Tensor golden_images(int64_t batch, const graph::Shape& shape) {
  at::Tensor images = at::empty({batch, shape.height, shape.width, shape.channels}, c10::kDouble);
  double* data = images.data_ptr<double>();
  for (int64_t i = 0; i < images.numel(); ++i)
    data[i] = 2 * golden_unit("input", static_cast<uint64_t>(i)) - 1;
  return images.permute({0, 3, 1, 2});
}

}  // namespace nasnet::libtorch
