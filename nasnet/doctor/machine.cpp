#include "nasnet/doctor/machine.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "nasnet/base/error.h"
#include "nasnet/base/memory_group.h"
#include "nasnet/base/names.h"
#include "nasnet/base/process_memory.h"
#include "nasnet/base/processors.h"
#include "nasnet/base/text.h"
#include "nasnet/kernels/target.h"
#include "nasnet/network/backend.h"

// First the facts, then what they mean: the second part is tested with machines that are not there.

namespace nasnet::doctor {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMega = 1'000'000, kGiga = 1'000'000'000;
/// A study of 100,000 trials takes some hundred megabytes.
constexpr int64_t kLittleDisk = kGiga, kNoDisk = 50 * kMega;
/// The largest child of the defaults wants some hundred megabytes a worker.
constexpr int64_t kLittleMemory = 2 * kGiga, kNoMemory = 300 * kMega;
/// Shards, a database, libraries and pipes to workers.
constexpr int64_t kFewFiles = 256;
/// A file from a machine whose clock is a little ahead is no fault.
constexpr double kLag = 3600, kDrift = 0.1;

double seconds_of(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// How much the wall clock moved against one that never jumps.
double watch_clock() {
  const auto difference = [] { return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_MONOTONIC); };
  const double before = difference();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  return difference() - before;
}

/// Seconds from now to when the file was last changed; 0 without it.
double time_ahead(const std::string& file) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) != 0) return 0;
  return static_cast<double>(facts.st_mtim.tv_sec) - seconds_of(CLOCK_REALTIME);
}

void look_at_libtorch(Machine& machine) {
  std::error_code none;
  machine.has_gpu = fs::exists("/dev/nvidiactl", none) || fs::exists("/proc/driver/nvidia", none);
  try {
    const network::Backend* libtorch = network::find_backend();
    if (!libtorch) return;
    machine.libtorch = libtorch->version();
    machine.cuda_devices = libtorch->cuda_devices();
  } catch (const Error& error) {
    machine.libtorch_fault = error.what();
  }
}

class MachineJudge {
 public:
  explicit MachineJudge(const Machine& machine) : machine_(machine) {}

  Diagnosis judge() {
    judge_cores();
    judge_memory();
    judge_gpu();
    judge_disk();
    judge_clock();
    result_.facts["machine"] = facts();
    return std::move(result_);
  }

 private:
  void add(const char* name, Severity severity, std::string text, std::string remedy) {
    result_.findings.push_back({.name = name,
                                .severity = severity,
                                .area = "machine",
                                .where = "this machine",
                                .count = 1,
                                .text = std::move(text),
                                .remedy = std::move(remedy),
                                .examples = {}});
  }

  void judge_cores() {
    const double usable =
        machine_.quota ? std::min(*machine_.quota, static_cast<double>(machine_.allowed_cores))
                       : machine_.allowed_cores;
    if (usable < 1)
      add("little_quota", Severity::kWarning,
          fmt::format("its control groups give this process {:.2g} of a core", usable),
          "trainings stand still for a part of each tenth of a second: give the container or job a "
          "whole core");
    else if (usable < machine_.cores)
      add("fewer_cores", Severity::kNote,
          fmt::format(
              "of {} cores this process may use {:.3g} ({})", machine_.cores, usable,
              usable < machine_.allowed_cores ? "its control groups' quota" : "its affinity"),
          "more workers than that only wait for each other");
    if (machine_.load > usable)
      add("busy", Severity::kNote,
          fmt::format("{:.1f} processes want to run on {:.3g} cores", machine_.load, usable),
          "times that are measured now say little; a search takes longer, to the same result");
  }

  void judge_memory() {
    const int64_t most = machine_.memory > 0 && machine_.available > 0
                             ? std::min(machine_.memory, machine_.available)
                             : std::max(machine_.memory, machine_.available);
    if (most > 0 && most < kLittleMemory)
      add("little_memory", most < kNoMemory ? Severity::kProblem : Severity::kWarning,
          fmt::format("{} of memory are free", format_bytes(most)),
          "one worker, a smaller --batch, and --hold with less for the images");
    if (machine_.oom_kills > 0)
      add("killed_for_memory", Severity::kNote,
          fmt::format("the kernel has killed {} process{} of this group for want of memory",
                      machine_.oom_kills, machine_.oom_kills == 1 ? "" : "es"),
          "fewer --workers, or a larger limit of the container or job");
  }

  void judge_gpu() {
    if (!machine_.libtorch_fault.empty())
      add("libtorch", Severity::kProblem, machine_.libtorch_fault,
          "--kernels reference and GPUs need it; everything else works without");
    else if (machine_.has_gpu && machine_.cuda_devices == 0)
      add("unused_gpu", Severity::kWarning,
          fmt::format("there is a GPU that this nasnet cannot use ({})",
                      machine_.libtorch.empty() ? "it was built without libtorch"
                                                : "libtorch " + machine_.libtorch +
                                                      " sees none: one for CUDA, or a driver"),
          "build with a libtorch for CUDA (docs/gpu.md), or check CUDA_VISIBLE_DEVICES");
  }

  void judge_disk() {
    if (!machine_.writable)
      add("read_only", Severity::kProblem,
          fmt::format("studies and models cannot be written to {}", printable(machine_.folder)),
          "work in another folder, or name one with --study and --out");
    else if (machine_.disk >= 0 && machine_.disk < kLittleDisk)
      add("little_disk", machine_.disk < kNoDisk ? Severity::kProblem : Severity::kWarning,
          fmt::format("{} are free where {} lies", format_bytes(machine_.disk),
                      printable(machine_.folder)),
          "a search stops where its study cannot be written: make room, or work on another disk");
    if (machine_.open_files > 0 && machine_.open_files < kFewFiles)
      add("few_files", Severity::kWarning,
          fmt::format("this process may have {} files open", machine_.open_files),
          "`ulimit -n 1024` before nasnet, or the limit of the container or job");
  }

  void judge_clock() {
    if (machine_.clock_lag > kLag)
      add("clock_behind", Severity::kWarning,
          fmt::format("the clock is {:.1f} hours behind the time of files that are there",
                      machine_.clock_lag / 3600),
          "set it: times of studies would be wrong, and TLS may fail");
    if (std::abs(machine_.clock_drift) > kDrift)
      add("clock_jumps", Severity::kWarning,
          fmt::format("the wall clock jumped by {:.2f} s while it was watched",
                      machine_.clock_drift),
          "nasnet measures by another clock, and leases hold; times of files and logs are wrong");
  }

  nlohmann::ordered_json facts() const {
    const auto known = [](int64_t value, int64_t unknown) {
      return value == unknown ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(value);
    };
    return {{"cores", machine_.cores},
            {"allowed_cores", machine_.allowed_cores},
            {"quota", machine_.quota ? nlohmann::ordered_json(*machine_.quota)
                                     : nlohmann::ordered_json(nullptr)},
            {"load", machine_.load},
            {"simd", machine_.simd},
            {"memory", known(machine_.memory, 0)},
            {"available_memory", known(machine_.available, 0)},
            {"oom_kills", known(machine_.oom_kills, -1)},
            {"libtorch", machine_.libtorch.empty() ? nlohmann::ordered_json(nullptr)
                                                   : nlohmann::ordered_json(machine_.libtorch)},
            {"cuda_devices", machine_.cuda_devices},
            {"folder", printable(machine_.folder)},
            {"free_disk", known(machine_.disk, -1)},
            {"open_files", known(machine_.open_files, 0)}};
  }

  const Machine& machine_;
  Diagnosis result_;
};

}  // namespace

Machine look_at_machine(const std::string& folder) {
  Machine machine;
  machine.cores = static_cast<int>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  machine.allowed_cores = static_cast<int>(allowed_cores().size());
  machine.quota = processor_quota();
  double load = 0;
  if (::getloadavg(&load, 1) == 1) machine.load = load;
  machine.simd = kernels::vector_target();
  const MemoryGroup group;
  machine.memory = group.limit();
  machine.oom_kills = group.oom_kills();
  constexpr int64_t kKibi = 1024;
  machine.available = kKibi * system_entry("/proc/meminfo", "MemAvailable").value_or(0);
  look_at_libtorch(machine);
  machine.folder = fs::absolute(folder).lexically_normal().string();
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) == 0)
    machine.disk = static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
  machine.writable = ::access(folder.c_str(), W_OK | X_OK) == 0;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
    machine.open_files = static_cast<int64_t>(files.rlim_cur);
  machine.clock_lag = std::max({0.0, time_ahead("/proc/self/exe"), time_ahead(folder)});
  machine.clock_drift = watch_clock();
  return machine;
}

Diagnosis examine_machine(const Machine& machine) {
  return MachineJudge(machine).judge();
}

}  // namespace nasnet::doctor
