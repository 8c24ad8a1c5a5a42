#include "nasnet/network/device.h"

#include <ATen/Context.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/network/torch_compat.h"

namespace nasnet::network {
namespace {

// Through libtorch's registry of devices: the headers of CUDA itself are not needed then.
c10::impl::VirtualGuardImpl cuda() {
  return c10::impl::VirtualGuardImpl(c10::kCUDA);
}

}  // namespace

c10::Device parse_device(const std::string& name) {
  return parse_worker_device(name, 0);
}

c10::Device parse_worker_device(const std::string& name, int worker) {
  if (name == "cpu") return c10::kCPU;
  if (name != "auto" && name != "cuda")
    throw InputError(fmt::format("--device {}{}", name, suggestion(name, {"auto", "cpu", "cuda"})));
  const int devices = cuda_devices();
  if (devices == 0) {
    if (name == "auto") return c10::kCPU;
    throw SystemError(
        "--device cuda: this build of libtorch sees no CUDA device; use --device cpu, or build "
        "against a CUDA libtorch on a machine with a GPU (scripts/build --cuda)");
  }
  forbid_tf32();
  const c10::Device device(c10::kCUDA, static_cast<c10::DeviceIndex>(worker % devices));
  // The first one is current anyway; setting it would take its memory before anything runs there.
  if (device.index() > 0) cuda().setDevice(device);
  return device;
}

int cuda_devices() {
  if (!at::hasCUDA() || !c10::impl::hasDeviceGuardImpl(c10::kCUDA)) return 0;
  return cuda().deviceCount();
}

void synchronize(c10::Device device) {
  if (device.is_cuda()) cuda().synchronizeStream(cuda().getStream(device));
}

Precision parse_precision(const std::string& name, c10::Device device) {
  if (name == "float32") return Precision::kFloat32;
  if (name != "bf16")
    throw InputError(fmt::format("--precision {}{}", name, suggestion(name, {"float32", "bf16"})));
  if (!device.is_cuda() && !kernels::can_multiply_bf16())
    throw InputError(
        "--precision bf16 needs --device cuda or a processor with AVX512-BF16; take --precision "
        "float32");
  return Precision::kBf16;
}

}  // namespace nasnet::network
