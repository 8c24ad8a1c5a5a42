#pragma once

#include <cstdint>
#include <string>

namespace nasnet {

/// The identity of a process, unlike that of any other on this and other machines, now and later.
struct ProcessId {
  int64_t number = 0;  ///< pid; 0: of nobody
  /// Its start in the kernel's clock ticks since boot, for numbers are used again.
  int64_t start = 0;
  std::string host;
  /// A hash of the machine's boot and of the namespace of the numbers, for machines and containers
  /// may share a host name. "" where /proc does not tell it.
  std::string space;
  bool operator==(const ProcessId&) const = default;
};

ProcessId this_process();

/// For people: "process 12 (77) on host [9c21b04e]".
std::string to_text(const ProcessId& process);

/// True if it was a process of this machine and has ended. False for one that runs, and where that
/// cannot be known: for processes of other machines and containers, and those hidden from this
/// user.
bool has_ended(const ProcessId& process);

}  // namespace nasnet
