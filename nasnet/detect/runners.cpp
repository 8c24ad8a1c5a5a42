#include "nasnet/detect/runners.h"

#include "nasnet/network/backend.h"

namespace nasnet::detect {

std::unique_ptr<fused::Runner> Runners::make(const graph::Graph& graph,
                                             const std::vector<int>& outputs) {
  auto shared = std::make_shared<const graph::Graph>(graph);
  if (computation_.kernels == network::Kernels::kReference)
    return network::demand_backend("--kernels reference")
        .make_runner(std::move(shared), outputs, computation_.precision);
  if (first_) return std::make_unique<fused::Executor>(std::move(shared), outputs, *first_);
  auto first = std::make_unique<fused::Executor>(
      std::move(shared),
      fused::ExecutorSettings{.bf16 = computation_.precision == network::Precision::kBf16,
                              .threads = computation_.threads,
                              .outputs = outputs});
  first_ = first.get();
  return first;
}

}  // namespace nasnet::detect
