// Where and how to compute: refuses what this machine cannot, before any work is done.

#include "nasnet/network/computation.h"

#include <filesystem>

#include "nasnet/base/error.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/network/backend.h"

namespace nasnet::network {
namespace {

/// The files of NVIDIA's driver, and of Windows' for Linux. Looking there takes no time, loading
/// libtorch does.
bool may_have_gpu() {
  std::error_code ignored;
  for (const char* driver : {"/dev/nvidiactl", "/dev/dxg"})
    if (std::filesystem::exists(driver, ignored)) return true;
  return false;
}

}  // namespace

Device choose_device(DeviceChoice choice, int worker) {
  const bool need_not = choice == DeviceChoice::kAuto;
  if (choice == DeviceChoice::kCpu || (need_not && !may_have_gpu())) return {};
  const int devices = cuda_devices();
  if (devices > 0) return {.cuda = true, .index = worker % devices};
  if (need_not) return {};
  throw SystemError(
      "--device cuda: there is no CUDA device that this nasnet can use; use --device cpu, or build "
      "against a CUDA libtorch on a machine with a GPU (scripts/build --cuda)");
}

int cuda_devices() {
  const Backend* backend = find_backend();
  return backend ? backend->cuda_devices() : 0;
}

Computation choose_computation(const Device& device, Kernels kernels, Precision precision,
                               int threads) {
  if (device.cuda) kernels = Kernels::kReference;
  if (kernels == Kernels::kReference) demand_backend("--kernels reference");
  if (precision == Precision::kBf16 && !device.cuda && !kernels::can_multiply_bf16())
    throw InputError(
        "--precision bf16 needs --device cuda or a processor with AVX512-BF16; use --precision "
        "float32");
  return {.device = device, .kernels = kernels, .precision = precision, .threads = threads};
}

}  // namespace nasnet::network
