#pragma once

namespace nasnet {

/// From now on Ctrl-C (SIGINT), SIGTERM and a closed terminal (SIGHUP) only raise a flag; another
/// Ctrl-C a second later ends the process at once. Long loops check the flag between two steps
/// and stop in good order. Calling it again clears the flag, for a front end that keeps running.
/// Without this call signals do what the process has set.
void catch_interrupts();

/// True once the user has asked to stop.
bool interrupted();

/// Throws Interrupted with `message` where the user has asked to stop.
void check_interrupt(const char* message = "stopped");

}  // namespace nasnet
