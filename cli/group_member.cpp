#include "cli/group_member.h"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/program_path.h"
#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"
#include "nasnet/group/members.h"
#include "nasnet/group/place.h"

namespace nasnet::cli {

void run_in_group(double peer_timeout, const std::function<void(group::Group*)>& work) {
  const std::optional<group::Place> place = group::launched_place();
  if (!place) return work(nullptr);
  if (place->rank > 0) set_progress_style(ProgressStyle::silent);
  const std::unique_ptr<group::Group> group = group::join(*place, {.peer_timeout = peer_timeout});
  try {
    work(group.get());
  } catch (const group::PeerLost&) {  // the others have lost it, too
    throw;
  } catch (const std::exception& error) {
    group->leave(error.what());
    throw;
  }
}

void run_in_processes(int processes, int restarts, double peer_timeout) {
  constexpr double kLeastGrace = 2, kMostGrace = 10;
  const int status = group::run_members(
      {.processes = processes,
       .command =
           [](int start) {
             std::vector<std::string> words = program_words();
             words[0] = program_path();
             if (start > 0 && std::ranges::find(words, "--resume") == words.end())
               words.emplace_back("--resume");
             return words;
           },
       .restarts = restarts,
       .grace = std::clamp(peer_timeout, kLeastGrace, kMostGrace)});
  if (status != 0) throw EndedWith{status};
}

bool is_launched() {
  return group::launched_place().has_value();
}

}  // namespace nasnet::cli
