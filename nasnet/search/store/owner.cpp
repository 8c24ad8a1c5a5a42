#include "nasnet/search/store/owner.h"

#include <fmt/format.h>

#include <cstdlib>

namespace nasnet::search {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string slurm_job() {
  const std::string array = variable("SLURM_ARRAY_JOB_ID");
  if (!array.empty()) return array + "_" + variable("SLURM_ARRAY_TASK_ID");
  return variable("SLURM_JOB_ID");
}

}  // namespace

Owner this_owner(Role role, int64_t run) {
  return {role, this_process(), run, slurm_job()};
}

std::string to_text(const Owner& owner) {
  std::string text = to_text(owner.role);
  if (owner.run > 0) text += fmt::format(", run {}", owner.run);
  if (owner.process.number > 0 || !owner.process.host.empty())
    text += ", " + to_text(owner.process);
  if (!owner.job.empty()) text += ", Slurm job " + owner.job;
  return text;
}

}  // namespace nasnet::search
