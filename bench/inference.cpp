// Inference of the published networks on libtorch's operators, beside ONNX Runtime on the exported
// file, in the same run: medians of alternating rounds.
//
//   bench_inference PYTHON    an interpreter that has onnxruntime (scripts/oracles makes one)

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/rand.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "nasnet/base/file.h"
#include "nasnet/exchange/onnx.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/network/network.h"
#include "nasnet/space/genotypes.h"

namespace {

using namespace nasnet;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 3, kRuns = 5;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Milliseconds of kRuns forward passes, after one that warms up.
std::vector<double> time_network(network::Network& network, int batch, int threads) {
  at::set_num_threads(threads);
  const c10::InferenceMode no_gradients;
  const graph::Shape& shape = network.graph().settings.input;
  const at::Tensor images = at::rand({batch, shape.channels, shape.height, shape.width})
                                .contiguous(at::MemoryFormat::ChannelsLast);
  std::vector<double> times;
  for (int run = 0; run <= kRuns; ++run) {
    const auto begin = Clock::now();
    network.forward(images);
    const std::chrono::duration<double, std::milli> took = Clock::now() - begin;
    if (run > 0) times.push_back(took.count());
  }
  return times;
}

/// The same for ONNX Runtime, in a process of its own. Empty where it cannot run.
std::vector<double> time_onnx_runtime(const std::string& python, const std::string& model,
                                      int batch, int threads) {
  const std::string command = fmt::format("{} bench/onnx_runtime_times.py {} {} {} {}", python,
                                          model, batch, threads, kRuns);
  std::vector<double> times;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return times;
  double value = 0;
  while (std::fscanf(pipe, "%lf", &value) == 1) times.push_back(value);
  ::pclose(pipe);
  return times;
}

void measure(const std::string& python, const std::string& name,
             const graph::StackSettings& settings) {
  const std::string file =
      (std::filesystem::temp_directory_path() / "nasnet-bench-model.onnx").string();
  network::Network network(graph::build(space::named_genotype("nasnet-a"), settings), 1);
  const auto values = [&](size_t i) {
    const at::Tensor plain = network.tensors()[i].detach().contiguous();
    return std::vector<float>(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
  };
  write_file(file, exchange::write_onnx(exchange::to_onnx(network.graph(), values)));
  for (const int batch : {1, 32}) {
    for (const int threads : {1, 2}) {
      std::vector<double> ours, theirs;
      for (int round = 0; round < kRounds; ++round) {
        for (const double t : time_network(network, batch, threads)) ours.push_back(t);
        for (const double t : time_onnx_runtime(python, file, batch, threads)) theirs.push_back(t);
      }
      const double milliseconds = median(ours);
      if (theirs.empty()) {
        fmt::print("{:<16} {:>5} {:>7} {:>12.1f} {:>14} {:>6}\n", name, batch, threads,
                   milliseconds, "-", "-");
      } else {
        fmt::print("{:<16} {:>5} {:>7} {:>12.1f} {:>14.1f} {:>6.2f}\n", name, batch, threads,
                   milliseconds, median(theirs), median(theirs) / milliseconds);
      }
      std::fflush(stdout);
    }
  }
  std::filesystem::remove(file);
}

}  // namespace

int main(int argc, char** argv) {
  // As the program does: memory once taken is kept.
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, -1);
  const std::string python = argc > 1 ? argv[1] : "build/oracles/bin/python";
  fmt::print(
      "milliseconds a batch, median of {} runs; ratio: how many times as fast as ONNX "
      "Runtime\n\n{:<16} {:>5} {:>7} {:>12} {:>14} {:>6}\n",
      kRounds * kRuns, "network", "batch", "threads", "nasnet", "ONNX Runtime", "ratio");
  measure(python, "cifar 6 @ 768", graph::stack_settings("cifar"));
  measure(python, "mobile 4 @ 1056", graph::stack_settings("mobile"));
}
