#include "nasnet/latency/network_timer.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "nasnet/base/error.h"
#include "nasnet/base/processors.h"
#include "nasnet/base/random.h"
#include "nasnet/exchange/onnx.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/kernels/target.h"
#include "nasnet/network/network.h"

namespace nasnet::latency {
namespace {

using Clock = std::chrono::steady_clock;

/// Keeps the calling thread, and those that it starts, on some cores for as long as it lives.
class Pinned {
 public:
  explicit Pinned(const std::vector<int>& cores) {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : cores) CPU_SET(static_cast<size_t>(core), &set);
    ::sched_setaffinity(0, sizeof set, &set);
  }
  ~Pinned() { ::sched_setaffinity(0, sizeof before_, &before_); }
  Pinned(const Pinned&) = delete;

 private:
  cpu_set_t before_{};
};

/// The own kernels, or libtorch on a GPU.
class OwnTimer : public NetworkTimer {
 public:
  OwnTimer(const network::Computation& computation, int batch)
      : computation_(computation), batch_(batch), pinned_(cores_for(computation.threads)) {}

  std::string device() const override {
    return computation_.device.cuda
               ? fmt::format("CUDA device {}", computation_.device.index)
               : fmt::format("{}, {}", processor_name(), kernels::vector_target());
  }

  std::vector<double> time(const graph::Graph& graph, int runs) override {
    const auto network = network::make_network(graph, 1, computation_);
    const graph::Shape& shape = graph.settings.input;
    Tensor images({batch_, shape.channels, shape.height, shape.width});
    Random random(1, 0, "latency images");
    for (float& value : images.change()) value = static_cast<float>(random.uniform());
    const auto seconds = [&] {
      const auto begin = Clock::now();
      network->infer(images);
      return std::chrono::duration<double>(Clock::now() - begin).count();
    };
    for (double warm = 0; warm < kWarmUpSeconds;) warm += seconds();
    std::vector<double> times;
    for (int k = 0; k < runs; ++k) times.push_back(1e3 * seconds());
    return times;
  }

 private:
  network::Computation computation_;
  int batch_;
  Pinned pinned_;
};

}  // namespace

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (colon != std::string::npos && line.starts_with("model name")) return line.substr(colon + 2);
  }
  utsname system{};
  return ::uname(&system) == 0 ? system.machine : "processor";
}

std::vector<int> cores_for(int threads) {
  const std::vector<int> cores = allowed_cores();
  if (threads > std::ssize(cores))
    throw InputError(
        fmt::format("--threads {}: the process may run on {} cores", threads, cores.size()));
  return {cores.end() - threads, cores.end()};
}

std::string onnx_of(const graph::Graph& graph) {
  const auto values = [&](size_t i) { return graph::initial_values(graph.parameters[i], 1); };
  return exchange::write_onnx(
      exchange::to_onnx(graph, values, {.fold_batch_norm = true, .fixed_size = true}));
}

std::unique_ptr<NetworkTimer> make_own_timer(const TimerSettings& settings) {
  network::Computation computation{.threads = settings.threads};
  if (settings.target == Target::kCuda) {
    if (network::cuda_devices() == 0)
      throw InputError(
          "--target cuda: there is no CUDA device that this nasnet can use; measure another "
          "target, "
          "or build against a CUDA libtorch on a machine with a GPU (scripts/build --cuda)");
    computation.device = network::choose_device(network::DeviceChoice::kCuda);
    computation.kernels = network::Kernels::kReference;
  }
  return std::make_unique<OwnTimer>(computation, settings.batch);
}

std::unique_ptr<NetworkTimer> make_timer(const TimerSettings& settings) {
  switch (settings.target) {
    case Target::kOwnKernels:
    case Target::kCuda:
      return make_own_timer(settings);
    case Target::kOnnxRuntime:
      return make_onnx_timer(settings);
    case Target::kCsv:
      break;
  }
  throw InputError(
      "latencies of a device of your own are read from its file (--measurements), and cannot be "
      "measured here");
}

}  // namespace nasnet::latency
