#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nasnet/base/program.h"
#include "nasnet/search/store/store.h"
#include "nasnet/search/workers/launcher.h"
#include "nasnet/search/workers/slurm_queue.h"
#include "nasnet/search/workers/slurm_settings.h"

namespace nasnet::search {

/// The times that a launcher waits, in seconds.
struct SlurmPatience {
  double look = 10;        ///< between two questions to squeue
  double at_once = 60;     ///< a job that ends itself before has died at once
  double pause = 5;        ///< before what died at once is replaced; doubled each time
  double longest = 300;    ///< pause
  int rounds = 5;          ///< of jobs that all die at once, until it gives up
  double no_answer = 600;  ///< from Slurm's daemons, until it gives up
  double command = 60;     ///< for one of Slurm's commands
};

/// Keeps workers running as jobs of a Slurm cluster, by its own commands sbatch, squeue and
/// scancel. Jobs that have ended are replaced, those of a node that died are queued again by Slurm.
///
/// All jobs of a study have one name, which the study keeps ("slurm" among its notes): a driver
/// that was killed and started again finds its predecessor's jobs by it, and takes them over.
class SlurmLauncher : public Launcher {
 public:
  /// The jobs run `command` (a program by its whole path, with its arguments). Their script and
  /// logs are put into `folder`, which the jobs must see under the same path.
  /// Throws InputError for a template that cannot be used, SystemError where Slurm is not there.
  SlurmLauncher(Store& store, SlurmSettings settings, const std::vector<std::string>& command,
                const std::filesystem::path& folder, SlurmPatience patience = {});
  ~SlurmLauncher() override;

  void tend() override;
  void expect(int64_t trials) override { expected_ = trials; }
  std::string status() const override;
  void stop() override;

 private:
  using Clock = std::chrono::steady_clock;
  void name_jobs();
  void hear(const ProgramEnd& answer);
  void note_ends(const std::vector<SlurmTask>& tasks);
  void note_end(const SlurmTask& task);
  void complain(const SlurmTask& task) const;
  void replace();
  bool submit(int count);
  void no_answer(const std::string& program, const ProgramEnd& end);

  Store& store_;
  SlurmSettings settings_;
  SlurmPatience patience_;
  std::filesystem::path folder_;
  std::string script_;
  std::string name_;  // of the jobs; "" until the first look at the store
  int64_t expected_ = INT64_MAX;

  std::unique_ptr<Program> question_;
  Clock::time_point next_question_, heard_;
  bool has_answered_ = false;
  std::map<std::string, SlurmTask> tasks_;  // that live
  int rounds_ = 0;                          // of jobs that died at once, without one that did not
  bool died_at_once_ = false;               // some have, since the last submission
  std::string job_;                         // the latest array
  Clock::time_point next_submission_;
};

}  // namespace nasnet::search
