#pragma once

#include <cstdint>
#include <string>

namespace nasnet {

/// A process, told from all others of this and other machines, now and later.
struct ProcessId {
  int64_t number = 0;  ///< 0: of nobody
  int64_t start = 0;   ///< in the kernel's ticks, since numbers of processes are used again
  std::string host;
  /// A hash of the machine's boot and of the namespace of its numbers: machines and containers may
  /// share a name. "" where it cannot be told.
  std::string space;
  bool operator==(const ProcessId&) const = default;
};

ProcessId this_process();

/// For people: "process 12 (77) on host [9c21b04e]".
std::string to_text(const ProcessId& process);

/// Whether it was one of this machine and has ended. False where nobody can tell: for processes of
/// other machines and containers, and those hidden from this user.
bool has_ended(const ProcessId& process);

}  // namespace nasnet
