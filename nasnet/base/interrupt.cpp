#include "nasnet/base/interrupt.h"

#include <signal.h>
#include <unistd.h>

#include "nasnet/base/error.h"

namespace nasnet {
namespace {

volatile sig_atomic_t requests = 0;

void on_signal(int) {
  requests = requests + 1;
  if (requests > 1) _exit(130);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
  return requests > 0;
}

void check_interrupt(const char* message) {
  if (interrupted()) throw Interrupted(message);
}

}  // namespace nasnet
