#include "nasnet/search/study/search_settings.h"

#include <gtest/gtest.h>

#include <set>

namespace nasnet::search {
namespace {

/// A setting that joins them unawares would let a study be resumed with other results, and one that
/// leaves them would refuse studies that went on before.
TEST(SearchSettings, ThatMayChangeOnResumeAreThese) {
  SearchSettings settings;
  std::vector<std::string> names;
  for (const Setting& setting : list_settings(settings))
    if (setting.on_resume == OnResume::kTaken) names.push_back(setting.name);
  const std::set<std::string> expected = {"study",
                                          "store",
                                          "trials",
                                          "time",
                                          "core_hours",
                                          "gpu_hours",
                                          "energy",
                                          "trial_time",
                                          "trial_memory",
                                          "workers",
                                          "top",
                                          "data",
                                          "table",
                                          "table_latency",
                                          "latency_table",
                                          "baseline",
                                          "other_program",
                                          "retry_failed",
                                          "retrain",
                                          "seeds",
                                          "retrain_epochs",
                                          "sample",
                                          "max_failed",
                                          "lease",
                                          "retry_killed",
                                          "retry_out_of_memory",
                                          "retry_time_out",
                                          "retry_data_error",
                                          "retry_exception",
                                          "checkpoints",
                                          "launch",
                                          "jobs",
                                          "slurm_template",
                                          "partition",
                                          "gres",
                                          "slurm_cpus",
                                          "slurm_memory",
                                          "slurm_time",
                                          "slurm_options"};
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), expected);
  EXPECT_EQ(names.size(), expected.size()) << "each is declared once";
}

}  // namespace
}  // namespace nasnet::search
