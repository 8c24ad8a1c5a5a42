#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/fused/executor.h"
#include "nasnet/network/network.h"

namespace nasnet::network {

/// Another library that computes networks: libtorch, for the reference kernels and for GPUs
/// (nasnet/libtorch). The core does without; a front end says how to find it.
class Backend {
 public:
  virtual ~Backend() = default;
  /// As "1.13.0".
  virtual std::string version() const = 0;
  virtual int cuda_devices() const = 0;
  /// See make_network().
  virtual std::unique_ptr<Network> make(std::shared_ptr<const graph::Graph> graph, uint64_t seed,
                                        const Computation& computation) const = 0;
  /// On the processor, with the results of these operators for outputs.
  virtual std::unique_ptr<fused::Runner> make_runner(std::shared_ptr<const graph::Graph> graph,
                                                     std::vector<int> outputs,
                                                     Precision precision) const = 0;
};

/// Finds the back end, or returns nullptr where there is none. Called when one is first needed, as
/// loading libtorch takes time and memory.
using FindBackend = std::function<std::shared_ptr<const Backend>()>;

/// How find_backend() finds it from here on; at the start of a program, before it has threads.
void set_backend(FindBackend find);

/// nullptr where there is none.
const Backend* find_backend();

/// Throws InputError that names the setting which needs the back end, where there is none.
const Backend& demand_backend(const std::string& setting);

}  // namespace nasnet::network
