#pragma once

#include <c10/core/Device.h>

#include <string>

namespace nasnet::network {

/// The device named by --device: "cpu", "cuda", or "auto" (cuda where there is one). Throws
/// SystemError where cuda is asked for and missing, InputError for another name. On CUDA, float32
/// is computed as such from here on (no TensorFloat-32).
c10::Device parse_device(const std::string& name);

/// The same for worker number `worker` of this machine: the workers are dealt out to its CUDA
/// devices in turn, each becoming its thread's current one.
c10::Device parse_worker_device(const std::string& name, int worker);

/// CUDA devices that this process may use (CUDA_VISIBLE_DEVICES counts); 0 without CUDA.
int cuda_devices();

/// Waits until all work given to the device so far is done; for timing. Nothing to do on the CPU.
void synchronize(c10::Device device);

/// In what convolutions and linear layers compute. Parameters, statistics, the loss and the update
/// are float32 in either case.
enum class Precision { kFloat32, kBf16 };

/// From --precision: "float32" or "bf16". Throws InputError for another name, and for bf16 on
/// a processor that does not multiply it (kernels::can_multiply_bf16).
Precision parse_precision(const std::string& name, c10::Device device);

}  // namespace nasnet::network
