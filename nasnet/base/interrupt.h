#pragma once

namespace nasnet {

/// From now on Ctrl-C (SIGINT), SIGTERM and a closed terminal (SIGHUP) only raise a flag; another
/// Ctrl-C a second later ends the process at once. Long loops look at the flag between two steps
/// and stop in good order. Called again, lowers the flag: for a front end that goes on afterwards.
/// Without this call signals do what the process has set.
void catch_interrupts();

/// Whether the user has asked to stop.
bool interrupted();

/// Throws Interrupted with `message` where the user has asked to stop.
void check_interrupt(const char* message = "stopped");

}  // namespace nasnet
