// One training by one process and by two, in turn, of one thread each: how much faster, and what it
// costs in processor time; and the exchange of a step's sums alone.
//
//   bench_processes [--json]
//
// NASNet-A, N=2, F=32, on 512 pictures of Fashion-MNIST, 4 replicas of 16; seconds of the clock of
// the steps between two lengths of the training, so that starting and testing are left out. It
// wants two quiet cores.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "bench/processor_time.h"
#include "nasnet/base/file.h"
#include "nasnet/base/program.h"
#include "nasnet/group/meeting_place.h"
#include "nasnet/train/group_sum.h"

using namespace nasnet;
namespace fs = std::filesystem;

namespace {

struct Cost {
  double clock = 0, processor = 0;
};

/// A whole training; `weights` becomes a digest of its tensors.
Cost train(int processes, int epochs, std::string& weights) {
  const fs::path model =
      fs::temp_directory_path() / fmt::format("nasnet-bench-{}", static_cast<int64_t>(::getpid()));
  fs::remove_all(model);
  const Cost begin = {bench::seconds(false), bench::children_seconds()};
  const ProgramEnd end = run_program({"build/release/nasnet",
                                      "train",
                                      "nasnet-a",
                                      "--data",
                                      "fashion-mnist",
                                      "--limit-train",
                                      "512",
                                      "--limit-test",
                                      "10",
                                      "--cells",
                                      "2",
                                      "--filters",
                                      "32",
                                      "--batch",
                                      "16",
                                      "--replicas",
                                      "4",
                                      "--threads",
                                      "1",
                                      "--quiet",
                                      "--epochs",
                                      std::to_string(epochs),
                                      "--processes",
                                      std::to_string(processes),
                                      "--out",
                                      model.string()},
                                     600);
  const Cost cost = {bench::seconds(false) - begin.clock,
                     bench::children_seconds() - begin.processor};
  if (end.status != 0) {
    fmt::print(stderr, "bench_processes: {}", end.error);
    std::exit(1);
  }
  for (const auto& entry : fs::directory_iterator(model))
    if (entry.path().filename().string().starts_with("weights-"))
      weights = digest(read_file(entry.path()), "sha256");
  fs::remove_all(model);
  return cost;
}

/// Seconds of an epoch.
Cost epoch(int processes, std::string& weights) {
  constexpr int kShort = 1, kLong = 3;
  std::string ignored;
  const Cost less = train(processes, kShort, ignored), more = train(processes, kLong, weights);
  return {(more.clock - less.clock) / (kLong - kShort),
          (more.processor - less.processor) / (kLong - kShort)};
}

/// Milliseconds of the clock that two members take to add up rows of so many values.
double exchange(size_t values) {
  constexpr int kTurns = 21;
  const group::MeetingPlace place("127.0.0.1", 0, 2);
  std::vector<double> times;
  std::vector<std::thread> members;
  for (int rank = 0; rank < 2; ++rank)
    members.emplace_back([&, rank] {
      const auto group = group::join(
          {.rank = rank, .size = 2, .host = "127.0.0.1", .port = place.port(), .opened = true}, {});
      std::vector<float> row(values, 1.0f);
      const std::span<float> span = row;
      for (int turn = 0; turn < kTurns; ++turn) {
        group->any(false);
        const double begin = bench::seconds(false);
        train::sum_over_group(*group, 2, {&span, 1});
        if (rank == 0) times.push_back(1e3 * (bench::seconds(false) - begin));
      }
    });
  for (std::thread& member : members) member.join();
  return bench::median(times);
}

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 1 && std::strcmp(argv[1], "--json") == 0;
  constexpr int kRepeats = 3;
  std::vector<double> one, two, cost;
  std::string alone, together;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    const Cost single = epoch(1, alone), both = epoch(2, together);
    one.push_back(single.clock);
    two.push_back(both.clock);
    cost.push_back(both.processor / single.processor);
  }
  const double speed = bench::median(one) / bench::median(two), share = bench::median(cost);
  constexpr size_t kMobile = 5'300'000, kLarge = 88'900'000;
  const double mobile = exchange(kMobile), large = exchange(kLarge);
  if (json) {
    fmt::print(
        "{{\"speed\": {:.3f}, \"processor_time\": {:.3f}, \"same_weights\": {}, "
        "\"exchange_mobile_ms\": {:.2f}, \"exchange_large_ms\": {:.1f}}}\n",
        speed, share, alone == together, mobile, large);
    return 0;
  }
  fmt::print("one process: {:.2f} s an epoch; two: {:.2f} s, {:.2f} times as fast\n",
             bench::median(one), bench::median(two), speed);
  fmt::print("processor time of two: {:.2f} times that of one\n", share);
  fmt::print("weights: {}\n", alone == together ? "the same" : "DIFFERENT");
  fmt::print(
      "sums of two processes: {:.1f} ms for 21.2 MB (mobile), {:.0f} ms for 356 MB (large)\n",
      mobile, large);
  return alone == together ? 0 : 1;
}
