// Whole training steps of NASNet children on the fused kernels and on libtorch's operators, in one
// run, interleaved: medians of 7 rounds. Both sides keep their memory and use channels-last.
//
//   bench_kernels [--json] [--quick]     --quick: 16 images a step, 3 rounds

#include <ATen/Parallel.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <fmt/format.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/network/network.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/search_space.h"
#include "nasnet/train/optimizer.h"

namespace {

using namespace nasnet;
using network::Kernels;
using Clock = std::chrono::steady_clock;

bool json = false;
std::string only;  // rows whose names begin so
int rounds = 7, batch = 64;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

struct Row {
  std::string name;
  double reference_ms = 0, fused_ms = 0, ratio = 0, peak_share = 0;
};
std::vector<Row> rows;

/// Fused multiply-adds that depend on nothing: what a core can do at most, in FLOP/s.
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3"))) double
measure_peak() {
  constexpr int kChains = 12, kWidth = 16, kTurns = 400000;
  typedef float Vector __attribute__((vector_size(kWidth * sizeof(float))));
  double best = 0;
  for (int attempt = 0; attempt < 7; ++attempt) {
    Vector sums[kChains] = {};
    Vector factor = {}, term = {};
    for (int k = 0; k < kChains; ++k)  // all different, or they would be one
      for (int i = 0; i < kWidth; ++i) sums[k][i] = static_cast<float>(k);
    for (int i = 0; i < kWidth; ++i) {
      factor[i] = 0.999f;
      term[i] = 0.001f;
    }
    const auto begin = Clock::now();
    for (int turn = 0; turn < kTurns; ++turn)
      for (int k = 0; k < kChains; ++k) sums[k] = sums[k] * factor + term;
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    volatile float sink = 0;
    for (int k = 0; k < kChains; ++k) sink = sink + sums[k][0];
    best = std::max(best, 2.0 * kChains * kWidth * kTurns / seconds);
  }
  return best;
}

/// A network with its optimizer, stepped on the same images again and again.
class Child {
 public:
  Child(const space::Genotype& genotype, int cells, int filters, Kernels kernels)
      : network_(graph::build(genotype, {"cifar", cells, filters, 10, {32, 32, 3}}), 1),
        optimizer_(network_, settings()),
        images_(at::randn({batch, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast)),
        labels_(at::randint(10, {batch}, c10::kLong)) {
    network_.set_kernels(kernels);
  }

  double step() {
    const auto begin = Clock::now();
    network::Pass pass;
    pass.training = true;
    pass.step = ++steps_;
    at::cross_entropy_loss(network_.forward(images_, pass).logits, labels_).backward();
    optimizer_.step(0.01);
    return 1e3 * std::chrono::duration<double>(Clock::now() - begin).count();
  }

  /// Floating-point operations of a step: a forward pass and two of its size back.
  double operations() const {
    return 6.0 * static_cast<double>(graph::count(network_.graph()).multiply_adds) * batch;
  }

 private:
  static train::TrainSettings settings() {
    train::TrainSettings settings;
    settings.auxiliary_weight = 0;
    return settings;
  }
  network::Network network_;
  train::Optimizer optimizer_;
  at::Tensor images_, labels_;
  int64_t steps_ = 0;
};

Row compare(const std::string& name, const space::Genotype& genotype, int cells, int filters,
            int threads, double peak) {
  if (!name.starts_with(only)) return {name};
  at::set_num_threads(threads);
  Child reference(genotype, cells, filters, Kernels::kReference);
  Child fused(genotype, cells, filters, Kernels::kFused);
  reference.step();
  fused.step();
  std::vector<double> a, b;
  for (int round = 0; round < rounds; ++round) {
    a.push_back(reference.step());
    b.push_back(fused.step());
  }
  Row row{name, median(a), median(b), 0, 0};
  row.ratio = row.reference_ms / row.fused_ms;
  row.peak_share = fused.operations() / (row.fused_ms / 1e3) / (peak * threads);
  rows.push_back(row);
  if (!json) {
    fmt::print("{:<34} {:>10.1f} {:>10.1f} {:>7.2f} {:>9.0f} %\n", name, row.reference_ms,
               row.fused_ms, row.ratio, 100 * row.peak_share);
    std::fflush(stdout);
  }
  return row;
}

space::Genotype random_genotype(uint64_t seed) {
  const space::NasnetSpace space;
  Random random(seed, 0, "benchmark genotypes");
  space::Choices choices;
  for (const space::Decision& decision : space.decisions())
    choices.push_back(static_cast<int>(random.below(static_cast<uint32_t>(decision.choices))));
  return space.decode(choices);
}

int64_t status_kilobytes(const char* key) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line))
    if (line.starts_with(key)) return std::stoll(line.substr(std::strlen(key)));
  return 0;
}

/// Peak resident memory of two steps beyond what the process had before, in a process of its own.
double memory_of(Kernels kernels, int filters) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    at::set_num_threads(1);
    const int64_t before = status_kilobytes("VmRSS:");
    Child network(space::named_genotype("nasnet-a"), 2, filters, kernels);
    network.step();
    network.step();
    const auto megabytes = static_cast<double>(status_kilobytes("VmHWM:") - before) / 1024;
    if (::write(ends[1], &megabytes, sizeof megabytes) < 0) ::_exit(1);
    ::_exit(0);
  }
  double megabytes = 0;
  ::close(ends[1]);
  if (::read(ends[0], &megabytes, sizeof megabytes) < 0) megabytes = 0;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  return megabytes;
}

void print_json() {
  fmt::print("[");
  for (size_t i = 0; i < rows.size(); ++i)
    fmt::print(
        "{}{{\"name\": \"{}\", \"reference_ms\": {:.2f}, \"fused_ms\": {:.2f}, \"ratio\": "
        "{:.3f}, \"peak_share\": {:.3f}}}",
        i == 0 ? "" : ",\n ", rows[i].name, rows[i].reference_ms, rows[i].fused_ms, rows[i].ratio,
        rows[i].peak_share);
  fmt::print("]\n");
}

}  // namespace

int main(int argc, char** argv) {
  // As the program does: memory once taken is kept.
  ::mallopt(M_MMAP_MAX, 0);
  ::mallopt(M_TRIM_THRESHOLD, -1);
  ::mallopt(M_TOP_PAD, 64 << 20);
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--json") == 0) json = true;
    if (std::strcmp(argv[i], "--quick") == 0) {
      rounds = 3;
      batch = 16;
    }
    if (std::strcmp(argv[i], "--only") == 0 && i + 1 < argc) only = argv[++i];
  }
  // Before any thread is started: these processes are copies of this one.
  std::vector<std::pair<double, double>> memory;
  for (const int filters : {16, 32})
    memory.emplace_back(memory_of(Kernels::kReference, filters),
                        memory_of(Kernels::kFused, filters));
  const double peak = measure_peak();
  if (!json)
    fmt::print(
        "peak of a core: {:.0f} GFLOP/s; {} images a step, medians of {}\n\n{:<34} {:>10} "
        "{:>10} {:>7} {:>11}\n",
        peak / 1e9, batch, rounds, "step", "libtorch ms", "fused ms", "ratio", "of peak");
  for (const int filters : {16, 32})
    for (const int threads : {1, 2})
      compare(fmt::format("train-step F{} {}t fp32", filters, threads),
              space::named_genotype("nasnet-a"), 2, filters, threads, peak);
  std::vector<double> ratios;
  for (uint64_t seed = 0; seed < 20; ++seed)
    ratios.push_back(compare(fmt::format("random genotype {} F16 1t fp32", seed),
                             random_genotype(seed), 2, 16, 1, peak)
                         .ratio);
  rows.push_back({"random genotypes median", 0, 0, median(ratios), 0});
  rows.push_back(
      {"random genotypes least", 0, 0, *std::min_element(ratios.begin(), ratios.end()), 0});
  for (size_t i = 0; i < memory.size(); ++i)
    rows.push_back({fmt::format("peak memory F{} (share of libtorch's)", i == 0 ? 16 : 32), 0, 0,
                    memory[i].second / memory[i].first, 0});
  if (json) {
    print_json();
    return 0;
  }
  fmt::print("\nrandom genotypes: median {:.2f}, least {:.2f}\n", median(ratios),
             *std::min_element(ratios.begin(), ratios.end()));
  for (size_t i = 0; i < memory.size(); ++i)
    fmt::print("peak memory of a step, F={}: libtorch {:.0f} MB, fused {:.0f} MB, {:.2f} of it\n",
               i == 0 ? 16 : 32, memory[i].first, memory[i].second,
               memory[i].second / memory[i].first);
}
