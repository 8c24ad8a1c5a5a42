#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nasnet/latency/latency_table.h"

namespace nasnet::latency {

/// Times inference of networks on a target; the process, or the program that it starts, is pinned
/// to as many cores as it has threads.
class NetworkTimer {
 public:
  virtual ~NetworkTimer() = default;
  /// Of what the times are, as Circumstances::device.
  virtual std::string device() const = 0;
  /// Milliseconds of `runs` passes over one batch of random images, after 0.3 s of passes that
  /// warm up, of a network with random weights. Norms are folded into convolutions.
  virtual std::vector<double> time(const graph::Graph& graph, int runs) = 0;
};

struct TimerSettings {
  Target target = Target::kOwnKernels;
  int threads = 1, batch = 1;
  /// Of kOnnxRuntime: an interpreter that has onnxruntime and numpy.
  std::string python = "python3";
};

/// Throws InputError for more threads than there are cores, for a target that is not there (no GPU,
/// no ONNX Runtime), and for Target::kCsv.
std::unique_ptr<NetworkTimer> make_timer(const TimerSettings& settings);

// One a target.
std::unique_ptr<NetworkTimer> make_own_timer(const TimerSettings& settings);
std::unique_ptr<NetworkTimer> make_onnx_timer(const TimerSettings& settings);

/// The processor's name, or at least its architecture.
std::string processor_name();
/// The cores that so many threads are pinned to: the last ones, as the first serves interrupts.
std::vector<int> cores_for(int threads);
/// The model as inference has it, norms folded, for images of the stack's size: the bytes of an
/// ONNX file, with random weights.
std::string onnx_of(const graph::Graph& graph);

inline constexpr double kWarmUpSeconds = 0.3;

}  // namespace nasnet::latency
