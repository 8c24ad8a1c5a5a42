// libtorch's side of the core's interfaces, which the loaded module hands out.

#include "nasnet/libtorch/backend.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Logging.h>
#include <torch/version.h>

#include "nasnet/libtorch/torch_compat.h"
#include "nasnet/libtorch/torch_network.h"
#include "nasnet/libtorch/torch_runner.h"

namespace nasnet::libtorch {
namespace {

class Libtorch final : public network::Backend {
 public:
  std::string version() const override { return TORCH_VERSION; }

  int cuda_devices() const override {
    if (!at::hasCUDA() || !c10::impl::hasDeviceGuardImpl(c10::kCUDA)) return 0;
    // Through libtorch's registry of devices: the headers of CUDA itself are not needed then.
    return c10::impl::VirtualGuardImpl(c10::kCUDA).deviceCount();
  }

  std::unique_ptr<network::Network> make(std::shared_ptr<const graph::Graph> graph, uint64_t seed,
                                         const network::Computation& computation) const override {
    const network::Device& device = computation.device;
    // The first one is current anyway; setting it would take its memory before anything runs there.
    if (device.cuda && device.index > 0)
      c10::impl::VirtualGuardImpl(c10::kCUDA)
          .setDevice({c10::kCUDA, static_cast<c10::DeviceIndex>(device.index)});
    return std::make_unique<TorchNetwork>(std::move(graph), seed, computation);
  }

  std::unique_ptr<fused::Runner> make_runner(std::shared_ptr<const graph::Graph> graph,
                                             std::vector<int> outputs,
                                             network::Precision precision) const override {
    return std::make_unique<TorchRunner>(*graph, std::move(outputs), precision);
  }
};

}  // namespace

std::shared_ptr<const network::Backend> backend() {
  return std::make_shared<Libtorch>();
}

void set_up_process(int threads) {
  at::set_num_threads(threads);
  forbid_tf32();
  c10::SetStackTraceFetcher([] { return std::string(); });
}

}  // namespace nasnet::libtorch
