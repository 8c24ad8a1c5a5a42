#pragma once

#include <functional>
#include <optional>
#include <string>

namespace nasnet::group {

/// A process's place among those that compute together, and where they meet.
struct Place {
  int rank = 0, size = 1;
  /// Processes of this group on this machine; 0: not known.
  int on_this_machine = 0;
  std::string host;  ///< of the meeting place
  int port = 0;
  bool opened = false;  ///< the meeting place is another's: rank 0 need not open it
  std::string said_by;  ///< the variables that say it, as "RANK and WORLD_SIZE"
  bool operator==(const Place&) const = default;
};

/// Reads an environment variable; none where it is not set.
using Variables = std::function<std::optional<std::string>(const std::string& name)>;
Variables environment();

/// The place that a launcher gave this process, by the variables that it left:
/// - RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT (torchrun, Kubeflow, and `--processes`);
/// - SLURM_PROCID, SLURM_STEP_NUM_TASKS, SLURM_STEP_NODELIST of `srun` with several tasks, not of a
/// plain
///   run in an allocation; the port follows from the job's number, and MASTER_ADDR and MASTER_PORT
///   say it otherwise;
/// - OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE, or PMI_RANK, PMI_SIZE (launchers of MPI), with
///   MASTER_ADDR and MASTER_PORT where there are several machines.
/// None where this is a process by itself. Throws InputError for variables that are incomplete or
/// contradict each other.
std::optional<Place> launched_place(const Variables& variables = environment());

/// The first name of Slurm's short form of a list: "node07" of "node[07-09,12],gpu1".
std::string first_host(const std::string& nodes);

}  // namespace nasnet::group
