#pragma once

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "nasnet/search/workers/slurm_launcher.h"
#include "tests/search/study/study_fixture.h"

namespace nasnet::search {

/// So long takes a trial of "slow" workers.
constexpr std::chrono::milliseconds kSlowTrial{300};
/// Seconds; of the study, and of its workers.
constexpr double kLease = 3;

/// A study that lasts long enough for a node to die and be missed.
inline StudySpec slurm_spec(const ToySpace& space) {
  StudySettings settings = toy_settings();
  settings.lease = kLease;
  return {space, settings, 5, 0};
}

inline std::vector<std::string> slurm_worker(const std::string& store, const std::string& study) {
  return {WORKER_STUB, "work", store, study, "1", "plain", std::to_string(kLease), "slow"};
}

/// Where the jobs' script and logs go.
inline std::string slurm_folder() {
  const char* folder = std::getenv("NASNET_TEST_SLURM");
  return folder ? folder : "";
}

/// No minutes of waiting in tests.
inline SlurmPatience test_patience() {
  return {.look = 0.3, .at_once = 20, .pause = 0.2, .longest = 1, .rounds = 4};
}

}  // namespace nasnet::search
