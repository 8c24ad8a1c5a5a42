#include "cli/unfinished.h"

#include <fmt/format.h>

#include "nasnet/base/progress.h"

// A model folder is there from the first checkpoint on: verbs that use one say how far it has come.

namespace nasnet::cli {

void say_unfinished(const train::ModelInfo& info, const std::string& folder) {
  if (info.finished) return;
  warn(
      fmt::format("the training of {} is not finished: {} of {} epochs are done; `nasnet train "
                  "--resume` resumes it",
                  folder, info.state.epoch, info.training.epochs));
}

void add_state(nlohmann::ordered_json& result, const train::ModelInfo& info) {
  result["finished"] = info.finished;
  result["epoch"] = info.state.epoch;
}

}  // namespace nasnet::cli
