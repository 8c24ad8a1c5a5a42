#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "nasnet/libtorch/module.h"

namespace nasnet::libtorch {

/// The synthetic values of the golden tests: a hash of the tensor's name and the element's index in
/// the layout of the released checkpoints (HWIO; depthwise [k, k, C, 1]; linear [in, out]).
double golden_unit(const std::string& name, uint64_t index);
/// Of the name alone: 32-bit FNV-1a.
uint32_t golden_hash(const std::string& name);

/// Where the golden tests run: the CPU, or what the environment variable NASNET_TEST_DEVICE says
/// (as --device does; scripts/gpu-check sets it).
c10::Device test_device();

/// Fills every parameter of the network with its golden values.
void fill_golden(Module& network);

/// `batch` golden images, float64, N x C x H x W.
at::Tensor golden_images(int64_t batch, const graph::Shape& shape);

}  // namespace nasnet::libtorch
