#pragma once

#include <string>

#include "nasnet/base/settings.h"

namespace nasnet::search {

/// How workers run as jobs of a Slurm cluster. What is empty or 0 is the template's or the
/// cluster's to say.
struct SlurmSettings {
  int jobs = 1;
  std::string slurm_template;
  std::string partition;
  std::string gres;
  int slurm_cpus = 0;
  std::string slurm_memory;
  std::string slurm_time;
  std::string slurm_options;
  bool operator==(const SlurmSettings&) const = default;
};

template <class Visitor>
void visit_settings(Visitor& v, SlurmSettings& s) {
  v("jobs", s.jobs, "Slurm jobs that are kept running, a 'nasnet worker' each", Range{1, 100000})
      .may_change_on_resume();
  v("slurm_template", s.slurm_template,
    "file with the jobs' script, @COMMAND@ in it for the worker; empty: the built-in one")
      .as("FILE")
      .may_change_on_resume();
  v("partition", s.partition, "partition of the jobs").may_change_on_resume();
  v("gres", s.gres, "generic resources of each job, as gpu:1").may_change_on_resume();
  v("slurm_cpus", s.slurm_cpus, "cores of each job; 0: the template's or the cluster's default",
    Range{0, 100000})
      .may_change_on_resume();
  v("slurm_memory", s.slurm_memory, "memory of each job, as 16G").may_change_on_resume();
  v("slurm_time", s.slurm_time,
    "time limit of each job, as 8:00:00; its worker then gives back its trials, and is replaced")
      .may_change_on_resume();
  v("slurm_options", s.slurm_options,
    "further options of sbatch, separated by spaces, as --slurm-options='--account=a --qos=b'")
      .may_change_on_resume();
}

}  // namespace nasnet::search
