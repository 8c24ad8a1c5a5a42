#include "nasnet/detect/batch_norms.h"

#include <fmt/format.h>

#include "nasnet/base/check.h"
#include "nasnet/base/error.h"
#include "nasnet/base/progress.h"
#include "nasnet/graph/cut.h"

// A detector's images are large, so that its batches are small, and the statistics of a small batch
// are worse than those that a classifier has gathered.

namespace nasnet::detect {

BatchNorm choose_batch_norm(BatchNorm asked, bool from_classifier, int batch) {
  // The least batch whose statistics taught well in trainings from scratch.
  constexpr int kEnough = 4;
  BatchNorm norms = asked;
  if (asked == BatchNorm::kAuto) norms = from_classifier ? BatchNorm::kFrozen : BatchNorm::kLearned;
  if (norms != BatchNorm::kLearned && !from_classifier)
    throw InputError(fmt::format(
        "--batch-norm {} keeps the statistics of a classifier, and a training from scratch has "
        "none; start from one, or choose --batch-norm learned",
        to_text(norms)));
  if (norms == BatchNorm::kLearned && batch < kEnough)
    warn(
        fmt::format("batch norms learn poorly from {} image{} a step; choose a --batch of {} or "
                    "more, or start from a classifier, whose norms can stay frozen",
                    batch, batch == 1 ? "" : "s", kEnough));
  return norms;
}

void set_batch_norms(graph::Graph& graph, BatchNorm norms) {
  NASNET_CHECK(norms != BatchNorm::kAuto, "it is known how the training starts");
  if (norms == BatchNorm::kLearned) return;
  graph::freeze_batch_norms(graph, norms == BatchNorm::kAffine ? graph::FrozenNorms::kStatistics
                                                               : graph::FrozenNorms::kAll);
}

}  // namespace nasnet::detect
