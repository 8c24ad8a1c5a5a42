#pragma once

#include <string>

namespace nasnet {

/// This process in words that name no other: "process 12 (77) on host [9c21b04e]", with the time it
/// started in the kernel's ticks, since numbers of processes are used again, and a hash of the
/// machine's boot and of the namespace of its numbers: machines and containers may share a name.
std::string process_name();

/// True where `name` is a process of this machine that has ended. False where that cannot be known:
/// for processes of other machines and containers, and those hidden from this user.
bool process_has_ended(const std::string& name);

}  // namespace nasnet
