// The part of a network that all back ends share.

#include "nasnet/network/network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nasnet/base/error.h"
#include "nasnet/network/backend.h"
#include "nasnet/network/fused_network.h"

namespace nasnet::network {

void Network::demand_shape(const Tensor& images) const {
  const graph::Shape& shape = graph_->operators[0].output;
  const std::vector<int64_t> wanted = {shape.channels, shape.height, shape.width};
  if (images.shape().size() == 4 &&
      std::equal(wanted.begin(), wanted.end(), images.shape().begin() + 1))
    return;
  throw InputError(
      fmt::format("the network takes images of {} x {} pixels and {} channels, but was given a "
                  "tensor of [{}]",
                  shape.height, shape.width, shape.channels, fmt::join(images.shape(), ", ")));
}

std::unique_ptr<Network> make_network(graph::Graph graph, uint64_t seed,
                                      const Computation& computation) {
  auto shared = std::make_shared<const graph::Graph>(std::move(graph));
  if (computation.device.cuda)
    return demand_backend("--device cuda").make(shared, seed, computation);
  if (computation.kernels == Kernels::kReference)
    return demand_backend("--kernels reference").make(shared, seed, computation);
  return std::make_unique<FusedNetwork>(std::move(shared), seed, computation);
}

std::vector<NamedTensor> named_tensors(const Network& network) {
  const std::vector<Tensor>& tensors = network.tensors();  // once: of a GPU they are copied
  std::vector<NamedTensor> named;
  for (size_t i = 0; i < tensors.size(); ++i)
    named.push_back({network.graph().parameters[i].name, &tensors[i]});
  return named;
}

}  // namespace nasnet::network
