#pragma once

#include <string>

namespace nasnet::network {

/// The implementations that compute a network.
enum class Kernels {
  kReference,  ///< libtorch's operators, one by one: the oracle, and all that a GPU runs
  kFused,      ///< the project's own kernels, on the processor
};

/// The number type that convolutions and linear layers compute in. Parameters, statistics, the loss
/// and the update are float32 in either case.
enum class Precision { kFloat32, kBf16 };

/// The processor, or one of this machine's CUDA devices.
struct Device {
  bool cuda = false;
  int index = 0;
  bool operator==(const Device&) const = default;
};

/// Where and how a network computes.
struct Computation {
  Device device;
  Kernels kernels = Kernels::kFused;
  Precision precision = Precision::kFloat32;
  int threads = 1;  ///< of the fused kernels; results do not depend on it
};

/// The device named by --device: "cpu", "cuda", or "auto" (cuda where there is one). Worker number
/// `worker` of this machine gets one of its CUDA devices in turn. Throws SystemError for cuda where
/// there is none, InputError for another name.
Device parse_device(const std::string& name, int worker = 0);

/// CUDA devices that this process may use (CUDA_VISIBLE_DEVICES counts); 0 without CUDA.
int cuda_devices();

/// From --device, --kernels and --precision. The fused kernels are the processor's alone: a CUDA
/// device computes with the reference whatever `kernels` says. Throws InputError for another name,
/// and for bf16 on a processor that does not multiply it (kernels::can_multiply_bf16).
Computation parse_computation(const Device& device, const std::string& kernels,
                              const std::string& precision, int threads = 1);

}  // namespace nasnet::network
