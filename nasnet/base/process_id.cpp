#include "nasnet/base/process_id.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "nasnet/base/random.h"

// A process number alone names nobody for long: numbers are used again, and other machines and
// containers have their own. With its start time and the space that the number belongs to it is
// unique, so that a lock of a process that is gone can be told from one that is held.

namespace nasnet {
namespace {

std::string host_name() {
  std::array<char, 128> host{};
  ::gethostname(host.data(), host.size() - 1);
  return host.data();
}

/// Where process numbers mean the same: this machine since it was started, and the namespace of the
/// process numbers in it (a container has its own). "" where that cannot be told.
std::string number_space() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string boot;
  std::array<char, 64> space{};
  if (!std::getline(file, boot) ||
      ::readlink("/proc/self/ns/pid", space.data(), space.size() - 1) < 0)
    return "";
  return fmt::format("{:08x}", hash64(boot + space.data()) >> 32);
}

/// Answers of start_of() that are no time, which is in clock ticks since the machine's start.
constexpr int64_t kGone = -1, kHidden = -2;

/// When a process of this machine started; kGone where there is none, or only its remains, kHidden
/// where that is not shown to this user.
int64_t start_of(int64_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string line;
  if (!std::getline(file, line))
    return ::kill(static_cast<pid_t>(process), 0) == 0 || errno == EPERM ? kHidden : kGone;
  // The second field is the program's name in brackets, and may hold anything.
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string field;
  // proc(5): field 3 is the state, 22 the start time. A zombie ("Z") computes no more.
  for (int k = 3; k <= 22 && rest >> field; ++k) {
    if (k == 3 && (field == "Z" || field == "X")) return kGone;
    if (k == 22) return std::stoll(field);
  }
  return kHidden;
}

}  // namespace

ProcessId this_process() {
  const auto process = static_cast<int>(::getpid());
  return {process, start_of(process), host_name(), number_space()};
}

std::string to_text(const ProcessId& process) {
  const std::string name =
      fmt::format("process {} ({}) on {}", process.number, process.start, process.host);
  return process.space.empty() ? name : fmt::format("{} [{}]", name, process.space);
}

bool has_ended(const ProcessId& process) {
  // Of other machines nothing is known: such a process counts as alive.
  if (process.number <= 0 || process.space.empty() || process.host != host_name() ||
      process.space != number_space())
    return false;
  const int64_t now = start_of(process.number);
  return now != kHidden && now != process.start;
}

}  // namespace nasnet
