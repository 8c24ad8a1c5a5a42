#pragma once

#include "nasnet/base/enum_names.h"

namespace nasnet::network {

/// The implementations that compute a network.
enum class Kernels {
  kReference,  ///< libtorch's operators, one by one: the oracle, and all that a GPU runs
  kFused,      ///< the project's own kernels, on the processor
};
constexpr EnumNames<Kernels, 2> names_of(Kernels) {
  return {{{Kernels::kFused, "fused"}, {Kernels::kReference, "reference"}}};
}

/// The number type that convolutions and linear layers compute in. Parameters, statistics, the loss
/// and the update are float32 in either case.
enum class Precision { kFloat32, kBf16 };
constexpr EnumNames<Precision, 2> names_of(Precision) {
  return {{{Precision::kFloat32, "float32"}, {Precision::kBf16, "bf16"}}};
}

/// The kind of device that --device asks for.
enum class DeviceChoice {
  kAuto,  ///< a CUDA device where there is one, else the processor
  kCpu,
  kCuda,
};
constexpr EnumNames<DeviceChoice, 3> names_of(DeviceChoice) {
  return {
      {{DeviceChoice::kAuto, "auto"}, {DeviceChoice::kCpu, "cpu"}, {DeviceChoice::kCuda, "cuda"}}};
}

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

/// The device to compute on. Worker number `worker` of this machine gets one of its CUDA devices in
/// turn. Throws SystemError for kCuda where there is none.
Device choose_device(DeviceChoice choice, int worker = 0);

/// CUDA devices that this process may use (CUDA_VISIBLE_DEVICES counts); 0 without CUDA.
int cuda_devices();

/// From --device, --kernels and --precision. The fused kernels are the processor's alone: a CUDA
/// device computes with the reference whatever `kernels` says. Throws InputError for the reference
/// where there is none, and for bf16 on a processor that does not multiply it
/// (kernels::can_multiply_bf16).
Computation choose_computation(const Device& device, Kernels kernels, Precision precision,
                               int threads = 1);

}  // namespace nasnet::network
