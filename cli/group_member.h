#pragma once

#include <functional>
#include <memory>

#include "nasnet/group/group.h"

namespace nasnet::cli {

/// A verb's end that others have told of already: only the status is left.
struct EndedWith {
  int status;
};

/// Runs `work` as one of the processes that a launcher has started (group::launched_place()), or by
/// itself, with null, where none has. Processes that do not lead print nothing. An error of this
/// one's own reaches the others.
void run_in_group(double peer_timeout, const std::function<void(group::Group*)>& work);

/// Runs this program's command in so many processes, and again with --resume after one was lost.
/// Throws EndedWith where they fail.
void run_in_processes(int processes, int restarts, double peer_timeout);

/// True in a process that a launcher has started as one of several.
bool is_launched();

}  // namespace nasnet::cli
