// The processes find out by themselves when one of them is gone, and end; what is left to do here
// is to see who was first, to kill whoever does not answer, and to start again.

#include "nasnet/group/members.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <utility>

#include "nasnet/base/error.h"
#include "nasnet/base/interrupt.h"
#include "nasnet/base/processors.h"
#include "nasnet/base/progress.h"
#include "nasnet/group/group.h"
#include "nasnet/group/meeting_place.h"

namespace nasnet::group {
namespace {

using Clock = std::chrono::steady_clock;

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

/// This process's variables, with those of a place instead of its own.
std::vector<std::string> variables_of(const Place& place) {
  const std::vector<std::pair<std::string, std::string>> set = {
      {"RANK", std::to_string(place.rank)},
      {"WORLD_SIZE", std::to_string(place.size)},
      {"LOCAL_WORLD_SIZE", std::to_string(place.size)},
      {"MASTER_ADDR", place.host},
      {"MASTER_PORT", std::to_string(place.port)},
      {"NASNET_MEETING_IS_OPEN", "1"}};
  std::vector<std::string> all;
  for (char** one = environ; *one; ++one) {
    const std::string variable = *one;
    const std::string name = variable.substr(0, variable.find('='));
    bool replaced = name == "TORCHELASTIC_USE_AGENT_STORE";
    for (const auto& [ours, value] : set) replaced = replaced || ours == name;
    if (!replaced) all.push_back(variable);
  }
  for (const auto& [name, value] : set) all.push_back(name + "=" + value);
  return all;
}

/// One process. Killed where it still runs when the object goes.
class Member {
 public:
  Member(const std::vector<std::string>& command, const Place& place,
         const std::vector<int>& cores) {
    const std::vector<std::string> variables = variables_of(place);
    const std::vector<char*> words = pointers(command), environment = pointers(variables);
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : cores) CPU_SET(core, &set);
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ < 0)
      throw SystemError(fmt::format("cannot start {}: {}", process_name(place.rank, place.size),
                                    std::strerror(errno)));
    if (process_ > 0) return;
    // Only calls that are safe between fork and exec.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // they stop in good order
    if (::getppid() != parent) ::_exit(127);
    ::sched_setaffinity(0, sizeof set, &set);
    if (place.rank > 0)
      if (const int nowhere = ::open("/dev/null", O_RDWR); nowhere >= 0)
        for (int descriptor = 0; descriptor < 3; ++descriptor) ::dup2(nowhere, descriptor);
    ::signal(SIGPIPE, SIG_DFL);
    ::execve(words[0], words.data(), environment.data());
    ::_exit(127);
  }
  Member(Member&& other) noexcept
      : process_(std::exchange(other.process_, -1)), status_(other.status_) {}
  ~Member() {
    if (process_ >= 0 && !status_) kill();
  }

  bool ended() {
    int status = 0;
    if (!status_ && ::waitpid(process_, &status, WNOHANG) == process_) status_ = status;
    return status_.has_value();
  }
  void hand_on(int signal) const {
    if (!status_) ::kill(process_, signal);
  }
  /// It has answered to nothing else.
  void kill() {
    ::kill(process_, SIGKILL);
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = status;
    silent_ = true;
  }

  /// Of one that has ended.
  bool lost() const { return WIFSIGNALED(*status_); }
  bool silent() const { return silent_; }
  int exit_status() const { return lost() ? 128 + WTERMSIG(*status_) : WEXITSTATUS(*status_); }
  std::string story() const {
    if (silent_) return "answered no more";
    const int signal = WTERMSIG(*status_);
    return fmt::format("was killed by signal {} ({})", signal, ::strsignal(signal));
  }

 private:
  pid_t process_ = -1;
  std::optional<int> status_;
  bool silent_ = false;
};

/// How all have ended.
struct End {
  int status = 0;
  std::string lost;  ///< one that was killed or silent, and how; "" where none was
};

/// Waits until all have ended: for as long as it takes, but not long once the first one has.
void wait_for(std::vector<Member>& members, std::chrono::duration<double> grace) {
  std::optional<Clock::time_point> end;
  bool told = false;
  for (;;) {
    size_t ended = 0;
    for (Member& one : members) ended += one.ended();
    if (ended == members.size()) return;
    if (ended > 0 && !end) end = Clock::now() + std::chrono::duration_cast<Clock::duration>(grace);
    if (interrupted() && !told) {
      told = true;
      // From a terminal they have it already; a second one is counted no more than the first.
      for (const Member& one : members) one.hand_on(SIGTERM);
    }
    if (end && Clock::now() > *end)
      for (Member& one : members)
        if (!one.ended()) one.kill();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

End run_once(const MembersRequest& request, int start) {
  const MeetingPlace meeting("127.0.0.1", 0, request.processes);
  const std::vector<std::vector<int>> cores = share_cores(request.processes);
  std::vector<Member> members;
  for (int rank = 0; rank < request.processes; ++rank)
    members.emplace_back(
        request.command(start),
        Place{.rank = rank, .size = request.processes, .host = "127.0.0.1", .port = meeting.port()},
        cores[rank]);
  wait_for(members, std::chrono::duration<double>(request.grace));
  End end;
  end.status = members[0].exit_status();
  bool blamed_silent = false;
  for (int rank = 0; rank < request.processes; ++rank) {
    const Member& one = members[rank];
    // Whoever was killed by others comes before those that only waited for it.
    if (one.lost() && (end.lost.empty() || (blamed_silent && !one.silent()))) {
      blamed_silent = one.silent();
      end.lost = fmt::format("{} {}", process_name(rank, request.processes), one.story());
    }
    // An error of its own says more than that another one was lost.
    const int status = one.exit_status();
    if (!one.lost() && status != 0 && status != kLostPeerStatus) {
      end = {status, ""};
      break;
    }
  }
  if (end.lost.empty() && end.status == kLostPeerStatus) end.lost = "the processes lost each other";
  return end;
}

}  // namespace

int run_members(const MembersRequest& request) {
  for (int start = 0;; ++start) {
    const End end = run_once(request, start);
    if (end.lost.empty() || interrupted()) return end.status;
    if (start == request.restarts) {
      warn(fmt::format("{}, and no restart is left; go on with --resume", end.lost));
      return end.status;
    }
    warn(fmt::format(
        "{}; all are started again, from where the training was saved (restart {} of {})", end.lost,
        start + 1, request.restarts));
  }
}

}  // namespace nasnet::group
