// Inference of the published networks on the fused kernels and on libtorch's operators, beside ONNX
// Runtime on the exported file, in the same run: medians of alternating rounds.
//
//   bench_inference [--json] [--only NAME] [PYTHON]
//
// PYTHON: an interpreter that has onnxruntime (scripts/oracles makes one); NAME: what the rows'
// names begin with, such as "cifar" or "mobile batch 1".

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "nasnet/base/file.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/random.h"
#include "nasnet/exchange/onnx.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/initial_values.h"
#include "nasnet/libtorch/backend.h"
#include "nasnet/network/backend.h"
#include "nasnet/space/genotypes.h"

namespace {

using namespace nasnet;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 3, kRuns = 5;
/// Before the runs that count: threads that were just started or told a new number, libtorch's and
/// its linear algebra's, keep processors busy for some 40 ms.
constexpr double kWarmUp = 0.3;

bool json = false;
std::string only;
std::vector<std::string> json_rows;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// Milliseconds of kRuns forward passes, after some that warm up.
std::vector<double> time_network(network::Network& network, int batch) {
  const graph::Shape& shape = network.graph().settings.input;
  Tensor images({batch, shape.channels, shape.height, shape.width});
  Random random(1, 0, "images");
  for (float& value : images.change()) value = static_cast<float>(random.uniform());
  const auto run = [&] {
    const auto begin = Clock::now();
    network.infer(images);
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  for (double warm = 0; warm < kWarmUp;) warm += run();
  std::vector<double> times;
  for (int k = 0; k < kRuns; ++k) times.push_back(1e3 * run());
  return times;
}

/// The same for ONNX Runtime, in a process of its own. Empty where it cannot run.
std::vector<double> time_onnx_runtime(const std::string& python, const std::string& model,
                                      int batch, int threads) {
  const std::string command = fmt::format("{} bench/onnx_runtime_times.py {} {} {} {} {}", python,
                                          model, batch, threads, kRuns, kWarmUp);
  std::vector<double> times;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return times;
  double value = 0;
  while (std::fscanf(pipe, "%lf", &value) == 1) times.push_back(value);
  ::pclose(pipe);
  return times;
}

/// `theirs`: 0 where ONNX Runtime is not there.
void print_row(const std::string& row, double fused, double reference, double theirs) {
  const double ratio = theirs / fused;
  if (json) {
    json_rows.push_back(
        fmt::format("{{\"name\": \"inference {}\", \"fused_ms\": {:.2f}, \"libtorch_ms\": {:.2f}, "
                    "\"onnx_runtime_ms\": {:.2f}, \"ratio\": {:.3f}}}",
                    row, fused, reference, theirs, ratio));
    return;
  }
  fmt::print("{:<32} {:>10.1f} {:>10.1f} {:>14.1f} {:>7.2f}\n", row, fused, reference, theirs,
             ratio);
  std::fflush(stdout);
}

void measure(const std::string& python, const std::string& name,
             const graph::StackSettings& settings) {
  const std::string file =
      (std::filesystem::temp_directory_path() / "nasnet-bench-model.onnx").string();
  const graph::Graph graph = graph::build(space::named_genotype("nasnet-a"), settings);
  const auto values = [&](size_t i) { return graph::initial_values(graph.parameters[i], 1); };
  write_file(file, exchange::write_onnx(exchange::to_onnx(graph, values, {.fixed_size = true})));
  for (const int batch : {1, 32}) {
    for (const int threads : {1, 2}) {
      const std::string row = fmt::format("{} batch {} {}t", name, batch, threads);
      if (!row.starts_with(only)) continue;
      const auto ours = network::make_network(graph, 1, {.threads = threads});
      const auto libtorch = network::make_network(
          graph, 1, {.kernels = network::Kernels::kReference, .threads = threads});
      at::set_num_threads(threads);
      std::vector<double> fused, reference, theirs;
      for (int round = 0; round < kRounds; ++round) {
        for (const double t : time_network(*ours, batch)) fused.push_back(t);
        for (const double t : time_onnx_runtime(python, file, batch, threads)) theirs.push_back(t);
        for (const double t : time_network(*libtorch, batch)) reference.push_back(t);
      }
      print_row(row, median(fused), median(reference), theirs.empty() ? 0 : median(theirs));
    }
  }
  std::filesystem::remove(file);
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();  // as the program does
  network::set_backend(&libtorch::backend);
  std::string python = "build/oracles/bin/python";
  CLI::App app("Inference of the published networks beside ONNX Runtime.", "bench inference");
  app.add_flag("--json", json, "a list of the rows");
  app.add_option("--only", only, "rows whose names begin so");
  app.add_option("PYTHON", python, "an interpreter that has onnxruntime");
  CLI11_PARSE(app, argc, argv);
  if (!json)
    fmt::print(
        "milliseconds a batch, median of {} runs; ratio: how many times as fast as ONNX "
        "Runtime\n\n{:<32} {:>10} {:>10} {:>14} {:>7}\n",
        kRounds * kRuns, "network", "fused", "libtorch", "ONNX Runtime", "ratio");
  measure(python, "cifar 6 @ 768", graph::stack_settings(graph::StackKind::kCifar));
  measure(python, "mobile 4 @ 1056", graph::stack_settings(graph::StackKind::kMobile));
  if (json) fmt::print("[{}]\n", fmt::join(json_rows, ",\n "));
}
