#include "cli/boxes_data.h"

#include <fmt/format.h>

#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"
#include "nasnet/base/shell.h"

// The lines on a set of boxes that come before a training or a measurement.

namespace nasnet::cli {

void say_problems(const boxes::DetectionSet& set, bool skip_unreadable) {
  if (!skip_unreadable) set.problems.refuse_errors(set.source);
  for (const std::string& note : set.notes) warn(note);
  for (const std::string& line : set.problems.summaries()) warn(line);
  if (!set.problems.found().empty())
    warn(fmt::format("`nasnet data {}` names each", as_argument(set.source)));
}

void demand_processor(network::DeviceChoice device) {
  if (device == network::DeviceChoice::kAuto || device == network::DeviceChoice::kCpu) return;
  throw InputError("--device: detectors run on the processor alone so far; leave it out");
}

}  // namespace nasnet::cli
