// Decides where each value lies. A concatenation and a sum are no steps where their parts can be
// written where they belong: so values are placed from the last operator back, and hand their place
// on to their inputs.

#include "nasnet/plan/places.h"

namespace nasnet::plan {
namespace {

using graph::OperatorKind;

class Placer {
 public:
  Placer(const Readers& readers, Plan& plan)
      : readers_(readers), plan_(plan), held_(readers.count(), false) {
    plan.places.assign(readers.count(), {});
  }

  std::vector<bool> place_all() {
    // Later values first, so that a concatenation within another lies in it.
    for (int i = readers_.count() - 1; i >= 0; --i) {
      if (!readers_.is_needed(i) || !has_value(i)) continue;
      if (place(i).buffer < 0) {
        place(i) = {add_buffer(plan_, readers_.op(i).output), 0};
        // In inference norms are folded into their convolutions.
        held_[i] = plan_.training && readers_.can_apply(i);
      }
      if (readers_.kind(i) == OperatorKind::kConcat) place_parts(i);
      if (readers_.kind(i) == OperatorKind::kAdd) place_terms(i);
      if (readers_.kind(i) == OperatorKind::kDropPath) place_path(i);
    }
    for (int i = 0; i < readers_.count(); ++i)
      if (readers_.is_needed(i) && readers_.kind(i) == OperatorKind::kSlice) place_slice(i);
    return std::move(held_);
  }

 private:
  Place& place(int index) { return plan_.places[index]; }

  /// Results of these steps can be written anywhere, and added to what is there.
  bool is_movable(int index) const {
    switch (readers_.kind(index)) {
      case OperatorKind::kBatchNorm:
      case OperatorKind::kBias:
        return !readers_.is_pending(index);
      case OperatorKind::kAvgPool:
      case OperatorKind::kMaxPool:
      case OperatorKind::kUpsample:
      case OperatorKind::kDropPath:
      case OperatorKind::kAdd:
      case OperatorKind::kConcat:
      case OperatorKind::kLayerNorm:
      case OperatorKind::kInstanceNorm:
        return true;
      default:
        return false;
    }
  }

  bool has_value(int index) const {
    switch (readers_.kind(index)) {
      case OperatorKind::kRelu:
        return readers_.needs_step(index);
      case OperatorKind::kBatchNorm:
      case OperatorKind::kBias:
        return !readers_.is_pending(index);
      case OperatorKind::kConcat:
        return !readers_.joins_reduction(index);
      case OperatorKind::kConv:
      case OperatorKind::kDepthwiseConv:
      case OperatorKind::kSlice:
      case OperatorKind::kSubsample:
      case OperatorKind::kDropout:
      case OperatorKind::kLinear:  // goes straight to the caller
        return false;
      default:
        return true;
    }
  }

  void place_parts(int concat) {
    int channel = place(concat).channel;
    for (const int part : readers_.op(concat).inputs) {
      if (place(part).buffer < 0 && is_movable(part)) place(part) = {place(concat).buffer, channel};
      channel += readers_.op(part).output.channels;
    }
  }

  /// It is where its map is.
  void place_slice(int slice) {
    const Place& whole = place(readers_.op(slice).inputs[0]);
    place(slice) = {whole.buffer, whole.channel + readers_.op(slice).first_channel};
  }

  void place_terms(int sum) {
    for (const int term : readers_.op(sum).inputs)
      if (is_direct_term(readers_, term, sum)) place(term) = place(sum);
  }

  /// A value that goes along a path only is scaled where it is written.
  void place_path(int drop) {
    const int input = readers_.op(drop).inputs[0];
    if (readers_.only_reader(input) == drop && is_movable(input)) place(input) = place(drop);
  }

  const Readers& readers_;
  Plan& plan_;
  std::vector<bool> held_;
};

}  // namespace

int add_buffer(Plan& plan, const graph::Shape& shape) {
  plan.buffers.push_back({shape});
  plan.gradient_of.push_back(-1);
  return static_cast<int>(plan.buffers.size()) - 1;
}

std::vector<bool> place_values(const Readers& readers, Plan& plan) {
  return Placer(readers, plan).place_all();
}

bool is_direct_term(const Readers& readers, int term, int sum) {
  const OperatorKind kind = readers.kind(term);
  const bool writes = readers.is_pool(term) || kind == OperatorKind::kDropPath ||
                      kind == OperatorKind::kUpsample ||
                      (readers.is_norm(term) && !readers.is_pending(term));
  return writes && readers.only_reader(term) == sum;
}

}  // namespace nasnet::plan
