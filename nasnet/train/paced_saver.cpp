#include "nasnet/train/paced_saver.h"

#include <fmt/format.h>

namespace nasnet::train {

Interrupted stopped_at(int64_t step, int64_t of) {
  return Interrupted(
      fmt::format("stopped at step {} of {}; the same command with --resume resumes it", step, of));
}

}  // namespace nasnet::train
