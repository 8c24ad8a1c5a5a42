// A queue is for the time of one convolution: the works after it, up to the next one that has time
// to prefetch itself.

#include "nasnet/fused/ahead.h"

#include "nasnet/base/check.h"

namespace nasnet::fused {

void LookAhead::queue(size_t work, int64_t n, int64_t last, kernels::Ahead& ahead) const {
  NASNET_DCHECK(work < works_.size() && n < last, "a work of the stage, an image of the thread");
  if (!works_[work].multiplies) return;
  ahead.clear();
  for (size_t k = 0; k < works_.size(); ++k) {
    if (++work == works_.size()) {
      work = 0;
      if (++n == last) return;
    }
    for (const Wanted& one : works_[work].wanted) {
      kernels::Ahead::Lines lines = one.lines;
      lines.first += n * one.pitch;
      ahead.add(lines);
    }
    if (works_[work].multiplies) return;
  }
}

}  // namespace nasnet::fused
