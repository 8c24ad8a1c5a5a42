#include "nasnet/base/interrupt.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "nasnet/base/error.h"

// A handler may do next to nothing: it raises a flag, and the loops that train and search look at
// it between two steps, where stopping loses nothing.

namespace nasnet {
namespace {

volatile sig_atomic_t requested = 0;
volatile time_t requested_at = 0;

/// A shell, a terminal and a supervisor may all pass on the same Ctrl-C: only one that comes a
/// second later is the user's second.
void on_signal(int) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  // 130 is what shells report of a program that Ctrl-C has ended (128 + SIGINT).
  if (requested && now.tv_sec > requested_at + 1) _exit(130);
  if (!requested) requested_at = now.tv_sec;
  requested = 1;
}

}  // namespace

void catch_interrupts() {
  requested = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  // A parent may want this process to outlive a SIGTERM to all: see WorkerProcess.
  // So may nohup of a SIGHUP, which a terminal sends that is closed.
  for (const int number : {SIGTERM, SIGHUP}) {
    struct sigaction inherited {};
    sigaction(number, nullptr, &inherited);
    if (inherited.sa_handler != SIG_IGN) sigaction(number, &action, nullptr);
  }
}

bool interrupted() {
  return requested != 0;
}

void check_interrupt(const char* message) {
  if (interrupted()) throw Interrupted(message);
}

}  // namespace nasnet
