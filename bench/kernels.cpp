// Whole training steps of NASNet children on the fused kernels and on libtorch's operators, in one
// run, interleaved: medians of 7 rounds. Both sides keep their memory and use channels-last.
//
//   bench_kernels [--json] [--quick] [--cpu-time] [--only NAME]
//
// --quick: 16 images a step, 3 rounds. --cpu-time: one-thread rows by the thread's own time, for a
// machine that others use too. NAME: what the rows' names begin with, such as "train-step F16 1t",
// "random", "memory", "children", "operator", "inference cifar", "machine". The rows of inference
// are bench_inference's, a program of its own beside this one.

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/kernel_operators.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/random.h"
#include "nasnet/graph/build.h"
#include "nasnet/graph/count.h"
#include "nasnet/kernels/bf16.h"
#include "nasnet/libtorch/backend.h"
#include "nasnet/network/backend.h"
#include "nasnet/space/genotypes.h"
#include "nasnet/space/search_space.h"
#include "nasnet/train/trainer.h"

namespace {

using namespace nasnet;
using bench::median;
using network::Kernels;

bool json = false, cpu_time = false;
std::string only;  // rows whose names begin so
int rounds = 7, batch = 64;

struct Row {
  std::string name;
  double reference_ms = 0, fused_ms = 0, ratio = 0, peak_share = 0;
};
std::vector<Row> rows;
std::string inference_rows;  // JSON objects with commas between them

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
    const double begin = bench::seconds(cpu_time);
    for (int turn = 0; turn < kTurns; ++turn)
      for (int k = 0; k < kChains; ++k) sums[k] = sums[k] * factor + term;
    const double seconds = bench::seconds(cpu_time) - begin;
    volatile float sink = 0;
    for (int k = 0; k < kChains; ++k) sink = sink + sums[k][0];
    best = std::max(best, 2.0 * kChains * kWidth * kTurns / seconds);
  }
  return best;
}

/// A network in training, stepped on the same images again and again.
class Child {
 public:
  Child(const space::Genotype& genotype, int cells, int filters, Kernels kernels, int threads,
        bool bf16 = false)
      : network_(network::make_network(
            graph::build(genotype, {graph::StackKind::kCifar, cells, filters, 10, {32, 32, 3}}), 1,
            {.kernels = kernels,
             .precision = bf16 ? network::Precision::kBf16 : network::Precision::kFloat32,
             .threads = threads})),
        learner_(network_->learn(train::learning_rule({}, {}, network_->graph()))),
        images_({batch, 3, 32, 32}) {
    at::set_num_threads(threads);
    Random random(1, 0, "images");
    for (float& value : images_.change()) value = static_cast<float>(random.normal());
    for (int k = 0; k < batch; ++k) labels_.push_back(random.below(10));
  }

  /// Milliseconds of one step, by this thread's time where asked for and where it is all of it.
  double step() {
    const bool cpu = cpu_time && network_->computation().threads == 1;
    const double begin = bench::seconds(cpu);
    const network::Pass pass = {.training = true, .step = ++steps_};
    learner_->contribute(images_, labels_, {0, batch}, pass, 1)();
    learner_->step(0.01, steps_)();
    return 1e3 * (bench::seconds(cpu) - begin);
  }

  /// Floating-point operations of a step: a forward pass and two of its size back.
  double operations() const {
    return 6.0 * static_cast<double>(graph::count(network_->graph()).multiply_adds) * batch;
  }

  /// Bytes that a step moves at the least: each convolution's result is written once and read by
  /// its norm, by its reader and twice on the way back; its gradient is written once and read
  /// twice.
  double traffic() const {
    double values = 0;
    for (const graph::Operator& op : network_->graph().operators)
      if (op.kind == graph::OperatorKind::kBatchNorm)
        values += 8.0 * static_cast<double>(op.output.elements());
    return values * batch * sizeof(float);
  }

 private:
  std::unique_ptr<network::Network> network_;
  std::unique_ptr<network::Learner> learner_;
  Tensor images_;
  std::vector<int64_t> labels_;
  int64_t steps_ = 0;
};

Row compare(const std::string& name, const space::Genotype& genotype, int cells, int filters,
            int threads, double peak, bool bf16 = false) {
  if (!name.starts_with(only)) return {name};
  Child reference(genotype, cells, filters, Kernels::kReference, threads);
  Child fused(genotype, cells, filters, Kernels::kFused, threads, bf16);
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

/// Peak resident memory of two steps beyond what the process had before, in a process of its own.
double memory_of(Kernels kernels, int filters, bool bf16) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  const pid_t child = ::fork();
  if (child == 0) {
    const int64_t before = resident_memory();
    Child network(space::named_genotype("nasnet-a"), 2, filters, kernels, 1, bf16);
    network.step();
    network.step();
    const auto megabytes = static_cast<double>(peak_memory() - before) / 1e6;
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

/// Steps a second of so many children at once, each a process of its own with these threads on
/// processors of its own.
double children_steps(int children, int threads, Kernels kernels, int filters, bool bf16) {
  constexpr double kSeconds = 8;
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  std::vector<pid_t> processes;
  for (int k = 0; k < children; ++k) {
    processes.push_back(::fork());
    if (processes.back() != 0) continue;
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int t = 0; t < threads; ++t) CPU_SET(static_cast<size_t>(k * threads + t), &set);
    ::sched_setaffinity(0, sizeof set, &set);
    Child child(space::named_genotype("nasnet-a"), 2, filters, kernels, threads, bf16);
    child.step();
    int steps = 0;
    const double begin = bench::seconds(false);
    double took = 0;
    do {
      child.step();
      ++steps;
      took = bench::seconds(false) - begin;
    } while (took < kSeconds || steps < 3);
    const double rate = steps / took;
    ::_exit(::write(ends[1], &rate, sizeof rate) < 0 ? 1 : 0);
  }
  ::close(ends[1]);
  double sum = 0, rate = 0;
  while (::read(ends[0], &rate, sizeof rate) == sizeof rate) sum += rate;
  ::close(ends[0]);
  for (const pid_t process : processes) ::waitpid(process, nullptr, 0);
  return sum;
}

void add(const std::string& name, double ratio) {
  rows.push_back({name, 0, 0, ratio, 0});
}

bool wanted(const std::string& group) {
  return group.starts_with(only) || only.starts_with(group);
}

/// Of 20 epochs of 45 000 images in batches of 64.
double per_hour(double steps_a_second) {
  return steps_a_second * 3600 / (20.0 * 45000 / 64);
}

/// Two pinned one-thread children on the fused kernels beside one two-thread child on libtorch's.
/// In processes of their own, before this one starts any thread.
void compare_children() {
  for (const int filters : {16, 32}) {
    const double theirs = children_steps(1, 2, Kernels::kReference, filters, false);
    const double ours = children_steps(2, 1, Kernels::kFused, filters, false);
    add(fmt::format("children per hour F{}", filters), ours / theirs);
    if (!json)
      fmt::print(
          "children per hour, F={}: libtorch 1 x 2 threads {:.2f}, fused 2 x 1 {:.2f}, "
          "{:.2f} times\n",
          filters, per_hour(theirs), per_hour(ours), ours / theirs);
  }
}

void compare_memory() {
  for (const bool bf16 : {false, true})
    for (const int filters : {16, 32}) {
      if (bf16 && !kernels::can_multiply_bf16()) continue;
      const char* type = bf16 ? "bf16" : "fp32";
      const double theirs = memory_of(Kernels::kReference, filters, false);
      const double ours = memory_of(Kernels::kFused, filters, bf16);
      add(fmt::format("memory F{} {}", filters, type), ours / theirs);
      if (!json)
        fmt::print("peak memory of a step, F={} {}: libtorch {:.0f} MB, fused {:.0f} MB, {:.2f}\n",
                   filters, type, theirs, ours, ours / theirs);
    }
}

void print_machine(double peak) {
  fmt::print("machine: {:.0f} GFLOP/s a core in float32; GB/s of reading (copying)", peak / 1e9);
  for (const auto& [name, bytes] : {std::pair{"24 KB", size_t{24} << 10},
                                    {"512 KB", size_t{512} << 10},
                                    {"4 MB", size_t{4} << 20},
                                    {"192 MB", size_t{192} << 20}})
    fmt::print("  {}: {:.0f} ({:.0f})", name, bench::read_bandwidth(bytes, cpu_time) / 1e9,
               bench::copy_bandwidth(bytes, cpu_time) / 1e9);
  fmt::print("\n");
  for (const int filters : {16, 32}) {
    // Every value that a step keeps is written and read in both directions, at the least.
    const Child child(space::named_genotype("nasnet-a"), 2, filters, Kernels::kFused, 1);
    const double bytes = child.traffic();
    fmt::print(
        "a step of F={}: {:.1f} GFLOP, at least {:.2f} GB from and to memory, {:.0f} FLOP a "
        "byte\n",
        filters, child.operations() / 1e9, bytes / 1e9, child.operations() / bytes);
  }
}

void compare_operators(double peak) {
  if (!json)
    fmt::print("\n{:<38} {:>9} {:>9} {:>7} {:>8}\n", "operator (one thread)", "libtorch", "fused",
               "ratio", "of peak");
  for (const bench::OperatorRow& row : bench::time_operators(rounds, cpu_time)) {
    const double share = row.operations / row.ours / peak;
    rows.push_back(
        {"operator " + row.name, 1e3 * row.theirs, 1e3 * row.ours, row.theirs / row.ours, share});
    if (!json)
      fmt::print("{:<38} {:>6.2f} ms {:>6.2f} ms {:>7.2f} {:>6.0f} %\n", row.name, 1e3 * row.theirs,
                 1e3 * row.ours, row.theirs / row.ours, 100 * share);
  }
}

/// Runs bench_inference, which lies beside this program: its table, or its rows as JSON.
void compare_inference(const std::filesystem::path& folder) {
  constexpr std::string_view kGroup = "inference ";
  std::string command = fmt::format("'{}'", (folder / "bench_inference").string());
  if (only.size() > kGroup.size())
    command += fmt::format(" --only '{}'", only.substr(kGroup.size()));
  if (!json) {
    fmt::print("\n");
    std::fflush(stdout);
    if (std::system(command.c_str()) != 0)
      fmt::print(stderr, "bench_kernels: bench_inference failed; run it alone to see why\n");
    return;
  }
  FILE* pipe = ::popen((command + " --json").c_str(), "r");
  if (!pipe) return;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
    inference_rows += static_cast<char>(c);
  ::pclose(pipe);
  // Without the brackets around them.
  const size_t first = inference_rows.find('{'), last = inference_rows.rfind('}');
  inference_rows = last == std::string::npos ? "" : inference_rows.substr(first, last + 1 - first);
}

void print_json() {
  fmt::print("[");
  for (size_t i = 0; i < rows.size(); ++i)
    fmt::print(
        "{}{{\"name\": \"{}\", \"reference_ms\": {:.2f}, \"fused_ms\": {:.2f}, \"ratio\": "
        "{:.3f}, \"peak_share\": {:.3f}}}",
        i == 0 ? "" : ",\n ", rows[i].name, rows[i].reference_ms, rows[i].fused_ms, rows[i].ratio,
        rows[i].peak_share);
  if (!rows.empty() && !inference_rows.empty()) fmt::print(",\n ");
  fmt::print("{}]\n", inference_rows);
}

}  // namespace

int main(int argc, char** argv) {
  keep_freed_memory();  // as the program does
  network::set_backend(&libtorch::backend);
  bool quick = false;
  CLI::App app("Training steps on the fused kernels and on libtorch's operators.", "bench kernels");
  app.add_flag("--json", json, "one object, as its last line");
  app.add_flag("--quick", quick, "16 images a step, 3 rounds");
  app.add_flag("--cpu-time", cpu_time, "one-thread rows by the thread's own time");
  app.add_option("--only", only, "rows whose names begin so");
  CLI11_PARSE(app, argc, argv);
  if (quick) {
    rounds = 3;
    batch = 16;
  }
  // Before any thread is started: these processes are copies of this one.
  if (wanted("memory")) compare_memory();
  if (wanted("children")) compare_children();
  const double peak = measure_peak();
  if (!json && wanted("machine")) print_machine(peak);
  if (!json && (wanted("train-step") || wanted("random")))
    fmt::print("\n{} images a step, medians of {}\n{:<34} {:>10} {:>10} {:>7} {:>11}\n", batch,
               rounds, "step", "libtorch ms", "fused ms", "ratio", "of peak");
  for (const bool bf16 : {false, true})
    for (const int filters : {16, 32})
      for (const int threads : {1, 2})
        if (!bf16 || kernels::can_multiply_bf16())
          compare(fmt::format("train-step F{} {}t {}", filters, threads, bf16 ? "bf16" : "fp32"),
                  space::named_genotype("nasnet-a"), 2, filters, threads, peak, bf16);
  if (wanted("random")) {
    std::vector<double> ratios;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const Row row = compare(fmt::format("random genotype {} F16 1t fp32", seed),
                              random_genotype(seed), 2, 16, 1, peak);
      if (row.ratio > 0) ratios.push_back(row.ratio);
    }
    if (!ratios.empty()) {
      const double least = *std::min_element(ratios.begin(), ratios.end());
      add("random genotypes median", median(ratios));
      add("random genotypes least", least);
      if (!json)
        fmt::print("\nrandom genotypes: median {:.2f}, least {:.2f}\n", median(ratios), least);
    }
  }
  if (wanted("operator")) compare_operators(peak);
  if (wanted("inference")) compare_inference(std::filesystem::path(argv[0]).parent_path());
  if (json) print_json();
}
