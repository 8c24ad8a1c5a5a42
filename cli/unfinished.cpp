#include "cli/unfinished.h"

#include <fmt/format.h>

#include "nasnet/base/progress.h"

// A model folder is there from the first checkpoint on: verbs that use one say how far it has come.

namespace nasnet::cli {

namespace {

void say(bool finished, int64_t epochs, int of, const std::string& folder) {
  if (finished) return;
  warn(
      fmt::format("the training of {} is not finished: {} of {} epochs are done; `nasnet train "
                  "--resume` resumes it",
                  folder, epochs, of));
}

}  // namespace

void say_unfinished(const train::ModelInfo& info, const std::string& folder) {
  say(info.finished, info.state.epoch, info.training.epochs, folder);
}

void say_unfinished(const detect::DetectorInfo& info, const std::string& folder) {
  say(info.finished, std::ssize(info.state.history), info.training.epochs, folder);
}

void add_state(nlohmann::ordered_json& result, const train::ModelInfo& info) {
  result["finished"] = info.finished;
  result["epoch"] = info.state.epoch;
}

void add_state(nlohmann::ordered_json& result, const detect::DetectorInfo& info) {
  result["finished"] = info.finished;
  result["epoch"] = std::ssize(info.state.history);
}

}  // namespace nasnet::cli
