#include "nasnet/base/process_name.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "nasnet/base/random.h"

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

constexpr long long kGone = -1, kHidden = -2;

/// When a process of this machine started; kGone where there is none, or only its remains, kHidden
/// where that is not shown to this user.
long long start_of(int process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string line;
  if (!std::getline(file, line)) return ::kill(process, 0) == 0 || errno == EPERM ? kHidden : kGone;
  // The second field is the program's name in brackets, and may hold anything.
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int k = 3; k <= 22 && rest >> field; ++k) {
    if (k == 3 && (field == "Z" || field == "X")) return kGone;
    if (k == 22) return std::stoll(field);
  }
  return kHidden;
}

}  // namespace

std::string process_name() {
  const auto process = static_cast<int>(::getpid());
  const std::string space = number_space();
  const std::string name =
      fmt::format("process {} ({}) on {}", process, start_of(process), host_name());
  return space.empty() ? name : fmt::format("{} [{}]", name, space);
}

bool process_has_ended(const std::string& name) {
  int process = 0;
  long long start = 0;
  std::array<char, 128> host{};
  std::array<char, 17> space{};
  if (std::sscanf(name.c_str(), "process %d (%lld) on %127s [%16[0-9a-f]]", &process, &start,
                  host.data(), space.data()) != 4)
    return false;
  if (host_name() != host.data() || number_space() != space.data()) return false;
  const long long now = start_of(process);
  return now != kHidden && now != start;
}

}  // namespace nasnet
