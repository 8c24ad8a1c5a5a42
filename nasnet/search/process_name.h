#pragma once

#include <string>

namespace nasnet::search {

/// This process in words that name no other: "process 12 (77) on host", with the time it started in
/// the kernel's ticks, since numbers of processes are used again.
std::string process_name();

/// Whether `name` is that of a process of this machine that has ended. False where nobody can tell:
/// for processes of other machines.
bool process_has_ended(const std::string& name);

}  // namespace nasnet::search
