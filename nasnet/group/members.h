#pragma once

#include <functional>
#include <string>
#include <vector>

namespace nasnet::group {

/// The exit status of a process of a group that has lost another one: what it did itself was well,
/// and may be started again.
inline constexpr int kLostPeerStatus = 75;

struct MembersRequest {
  int processes = 1;
  /// The program and its arguments, of the first start and of a later one (1, 2, ...).
  std::function<std::vector<std::string>(int start)> command;
  int restarts = 0;   ///< how often all are started again after one has been lost
  double grace = 10;  ///< seconds that the others may take to end once one has
};

/// Starts processes of a group on this machine and watches them; each finds its place by
/// launched_place(). They share the cores that this process may use. The first one has this
/// process's input, output and error; of the others nothing is shown. Ctrl-C reaches them from the
/// terminal, and SIGTERM is handed on. They stop
/// when this process is killed.
///
/// Where one is killed, or answers no more, all are started again, with a warning that names it.
/// Returns the exit status of the first, or of another that ended by an error of its own; 128 and
/// its signal's number of one that was lost with no restart left. Throws SystemError where a
/// process cannot be started.
int run_members(const MembersRequest& request);

}  // namespace nasnet::group
