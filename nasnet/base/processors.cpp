#include "nasnet/base/processors.h"

#include <sched.h>

#include <algorithm>
#include <fstream>

#include "nasnet/base/check.h"

// Three things limit the cores of a process: the machine, its affinity (taskset, a container's
// cpuset, Slurm) and its quota of time, which only control groups know.

namespace nasnet {
namespace {

/// Quota over period. Version 2 writes "max" and version 1 -1 for no limit.
std::optional<double> share(std::istream& quota, std::istream& period) {
  double microseconds = 0, of = 0;
  if (quota >> microseconds && period >> of && microseconds > 0 && of > 0) return microseconds / of;
  return std::nullopt;
}

/// Nothing is no limit.
std::optional<double> least(std::optional<double> a, std::optional<double> b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

}  // namespace

std::optional<double> processor_quota(const ControlGroups& groups) {
  std::optional<double> quota;
  for (const auto& folder : groups.version2()) {
    std::ifstream file(folder / "cpu.max");  // "250000 100000"
    quota = least(quota, share(file, file));
  }
  for (const auto& folder : groups.version1("cpu")) {
    std::ifstream microseconds(folder / "cpu.cfs_quota_us"), period(folder / "cpu.cfs_period_us");
    quota = least(quota, share(microseconds, period));
  }
  return quota;
}

std::vector<int> allowed_cores() {
  cpu_set_t allowed;
  std::vector<int> cores;
  // sched_getaffinity() fails where the kernel counts more than CPU_SETSIZE (1,024) cores: core 0
  // is then taken alone.
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    for (int core = 0; core < CPU_SETSIZE; ++core)
      if (CPU_ISSET(core, &allowed)) cores.push_back(core);
  if (cores.empty()) cores.push_back(0);
  return cores;
}

std::vector<std::vector<int>> share_cores(int processes) {
  const std::vector<int> cores = allowed_cores();
  NASNET_CHECK(processes > 0, "cores are shared by somebody");
  std::vector<std::vector<int>> shares(processes);
  const size_t most = std::max(cores.size(), shares.size());
  for (size_t i = 0; i < most; ++i) shares[i % shares.size()].push_back(cores[i % cores.size()]);
  return shares;
}

int usable_cores() {
  const auto cores = static_cast<int>(allowed_cores().size());
  const std::optional<double> quota = processor_quota();
  return quota ? std::clamp(static_cast<int>(*quota), 1, cores) : cores;
}

int threads_or_cores(int threads) {
  return threads > 0 ? threads : usable_cores();
}

}  // namespace nasnet
