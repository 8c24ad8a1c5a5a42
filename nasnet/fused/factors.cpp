// Masks are drawn by operator, step and image from named streams: the same on any number of
// threads, and in libtorch's operators.

#include "nasnet/fused/factors.h"

#include "nasnet/base/check.h"
#include "nasnet/graph/masks.h"

namespace nasnet::fused {
namespace {

/// Empty where the operator keeps all.
std::vector<float> mask_of(const graph::Graph& graph, const graph::Pass& pass, int64_t images,
                           int index) {
  if (index < 0 || !pass.training) return {};
  const graph::Operator& op = graph.operators[index];
  if (op.frozen) return {};
  const bool path = op.kind == graph::OperatorKind::kDropPath;
  const double keep =
      path ? graph::drop_path_keep(graph, op.cell_number, pass) : graph.recipe.dropout_keep;
  if (keep >= 1) return {};
  return graph::random_mask(path ? images : images * op.output.elements(), keep, pass.seed,
                            pass.step, static_cast<uint64_t>(index),
                            path ? "drop path" : "dropout");
}

}  // namespace

void Factors::draw(const graph::Graph& graph, const graph::Pass& pass, int64_t images, int op) {
  values_ = mask_of(graph, pass, images, op);
}

void Factors::add(const graph::Graph& graph, const graph::Pass& pass, int64_t images, int op) {
  if (values_.empty()) values_.assign(images, 1.0f);
  const std::vector<float> more = mask_of(graph, pass, images, op);
  NASNET_CHECK(more.empty() || more.size() == values_.size(), "factors of one kind, by image");
  for (size_t n = 0; n < values_.size(); ++n) values_[n] += more.empty() ? 1.0f : more[n];
}

}  // namespace nasnet::fused
