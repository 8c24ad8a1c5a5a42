#include "nasnet/search/process_name.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace nasnet::search {
namespace {

std::string host_name() {
  std::array<char, 128> host{};
  ::gethostname(host.data(), host.size() - 1);
  return host.data();
}

/// When a process of this machine started; -1 where there is none, or only its remains.
long long start_of(int process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  std::string line;
  if (!std::getline(file, line)) return -1;
  // The second field is the program's name in brackets, and may hold anything.
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string field;
  for (int k = 3; k <= 22 && rest >> field; ++k) {
    if (k == 3 && (field == "Z" || field == "X")) return -1;
    if (k == 22) return std::stoll(field);
  }
  return -1;
}

}  // namespace

std::string process_name() {
  const auto process = static_cast<int>(::getpid());
  return fmt::format("process {} ({}) on {}", process, start_of(process), host_name());
}

bool process_has_ended(const std::string& name) {
  int process = 0;
  long long start = 0;
  std::array<char, 128> host{};
  if (std::sscanf(name.c_str(), "process %d (%lld) on %127s", &process, &start, host.data()) != 3)
    return false;
  return host_name() == host.data() && start_of(process) != start;
}

}  // namespace nasnet::search
