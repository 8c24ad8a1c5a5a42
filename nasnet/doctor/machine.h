#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nasnet/doctor/finding.h"

namespace nasnet::doctor {

/// The means that a machine offers this process.
struct Machine {
  int cores = 1;                ///< of the machine
  int allowed_cores = 1;        ///< by the process's affinity
  std::optional<double> quota;  ///< of its control groups, in cores
  double load = 0;              ///< processes that want to run, the mean of a minute
  std::string simd;             ///< the vector instructions that kernels use
  int64_t memory = 0;           ///< bytes that the process may have; 0 unknown
  int64_t available = 0;        ///< bytes that are free, or freed on demand; 0 unknown
  int64_t oom_kills = 0;        ///< of its control group, since that was made; -1 unknown
  bool has_gpu = false;         ///< a driver of NVIDIA's is loaded
  int cuda_devices = 0;         ///< that nasnet can use
  std::string libtorch;         ///< version; "" without
  std::string libtorch_fault;   ///< why its module cannot be loaded
  std::string folder;           ///< where studies would be written
  int64_t disk = -1;            ///< bytes that are free there; -1 unknown
  bool writable = true;
  int64_t open_files = 0;  ///< that the process may have; 0 no limit
  double clock_lag = 0;    ///< seconds that the clock is behind the newest file that was seen
  double clock_drift = 0;  ///< seconds that it jumped while it was watched
};

/// Looks at this machine; `folder` is where studies would be written. Writes nothing that stays.
Machine look_at_machine(const std::string& folder);

/// Finds what is wrong with it.
Diagnosis examine_machine(const Machine& machine);

}  // namespace nasnet::doctor
