#pragma once

#include "nasnet/base/enum_names.h"
#include "nasnet/graph/graph.h"

namespace nasnet::detect {

/// How a detector's batch norms behave in training.
enum class BatchNorm {
  kAuto,     ///< see choose_batch_norm()
  kLearned,  ///< of the batch's statistics; the running ones are made for inference
  kAffine,   ///< of running statistics that stay as they are; gamma and beta are learned
  kFrozen,   ///< of running statistics; nothing of theirs is learned
};
constexpr EnumNames<BatchNorm, 4> names_of(BatchNorm) {
  return {{{BatchNorm::kAuto, "auto"},
           {BatchNorm::kLearned, "learned"},
           {BatchNorm::kAffine, "affine"},
           {BatchNorm::kFrozen, "frozen"}}};
}

/// The value that kAuto stands for: frozen where the training starts from a classifier, which has
/// seen far larger batches than a detector does, and learned where it starts from scratch. Others
/// are returned as they are. Warns of statistics that would be learned from few images. Throws
/// InputError for frozen norms from scratch, whose running statistics are nobody's.
BatchNorm choose_batch_norm(BatchNorm asked, bool from_classifier, int batch);

/// Makes all batch norms of a graph, which are learned, such ones. Not for kAuto.
void set_batch_norms(graph::Graph& graph, BatchNorm norms);

}  // namespace nasnet::detect
