// Replays the allocations of libtorch's operators over the graph, forward and back, and keeps the
// peak.

#include "nasnet/network/reference_memory.h"

#include <algorithm>

#include "nasnet/graph/padding.h"
#include "nasnet/kernels/images.h"

namespace nasnet::network {
namespace {

using graph::Operator;
using graph::OperatorKind;
using graph::Padding;
using graph::Shape;

/// The heap with the gaps between live blocks, in which no other block fits, over the live blocks
/// alone: 1.13 to 1.76 in measured trainings (docs/memory.md).
constexpr double kGaps = 1.35;

/// Floats of a convolution's weights as libtorch packs them, about: whole vectors of outputs.
int64_t packed_floats(const graph::Graph& graph, const Operator& op) {
  const std::vector<int64_t>& shape = graph.parameters[op.first_parameter].shape;
  const int64_t window = shape[2] * shape[3];
  if (op.kind == OperatorKind::kDepthwiseConv) return window * kernels::padded(shape[0]);
  return window * shape[1] * kernels::padded(shape[0]);
}

/// The shape of a convolution's input with its border of zeros.
Shape padded_input(const Operator& op, const Shape& in) {
  const Padding down = vertical_padding(op, in), across = horizontal_padding(op, in);
  return {in.height + static_cast<int>(down.begin + down.end),
          in.width + static_cast<int>(across.begin + across.end), in.channels};
}

bool is_convolution(const Operator& op) {
  return op.kind == OperatorKind::kConv || op.kind == OperatorKind::kDepthwiseConv;
}

/// Values that come and go as operators run one after the other.
class Trace {
 public:
  explicit Trace(int64_t batch) : batch_(batch) {}

  /// So many floats for each image; held once.
  int allocate(int64_t floats) {
    blocks_.push_back({floats * batch_ * plan::kFloatBytes, 1});
    live_ += blocks_.back().bytes;
    peak_ = std::max(peak_, live_);
    return static_cast<int>(blocks_.size()) - 1;
  }
  int hold(int block) {
    if (block >= 0) ++at(block).holders;
    return block;
  }
  void release(int& block) {
    if (block >= 0 && --at(block).holders == 0) live_ -= at(block).bytes;
    block = -1;
  }
  bool is_held_once(int block) { return at(block).holders == 1; }
  int64_t peak() const { return peak_; }

 private:
  struct Block {
    int64_t bytes;
    int holders;
  };
  Block& at(int block) { return blocks_[block]; }

  int64_t batch_, live_ = 0, peak_ = 0;
  std::vector<Block> blocks_;
};

/// Goes through a network operator by operator as libtorch does, with nothing but sizes.
class Reference {
 public:
  Reference(const graph::Graph& graph, bool training, int64_t batch)
      : graph_(graph), training_(training), trace_(batch) {
    find_needed();
    results_.assign(graph.operators.size(), -1);
    gradients_ = results_;
    kept_.assign(graph.operators.size(), {});
  }

  int64_t peak() {
    const int count = static_cast<int>(graph_.operators.size());
    results_[0] = trace_.allocate(op(0).output.elements());
    for (int i = 1; i < count; ++i)
      if (needed_[i]) forward(i);
    if (!training_) return trace_.peak();
    for (int& result : results_) trace_.release(result);
    for (int i = count - 1; i > 0; --i)
      if (needed_[i]) backward(i);
    return trace_.peak();
  }

 private:
  const Operator& op(int i) const { return graph_.operators[i]; }
  const Shape& input_shape(int i) const { return op(op(i).inputs[0]).output; }

  void find_needed() {
    needed_.assign(graph_.operators.size(), false);
    last_reader_.assign(graph_.operators.size(), 0);
    needed_[graph_.logits] = true;
    if (training_ && graph_.auxiliary_logits >= 0) needed_[graph_.auxiliary_logits] = true;
    for (int i = static_cast<int>(graph_.operators.size()) - 1; i > 0; --i) {
      if (!needed_[i]) continue;
      for (const int input : op(i).inputs) {
        needed_[input] = true;
        last_reader_[input] = std::max(last_reader_[input], i);
      }
    }
  }

  void keep(int i, int block) {
    if (training_) kept_[i].push_back(trace_.hold(block));
  }

  /// libtorch pads with as much on both sides; what is not so is padded in a copy.
  bool is_padded_before(int i) const {
    const Padding down = vertical_padding(op(i), input_shape(i));
    const Padding across = horizontal_padding(op(i), input_shape(i));
    return down.begin != down.end || across.begin != across.end;
  }

  void forward(int i) {
    const int input = results_[op(i).inputs[0]];
    int& result = results_[i];
    switch (op(i).kind) {
      case OperatorKind::kSubsample:
      case OperatorKind::kDropPath:  // does nothing in a child, and little elsewhere
      case OperatorKind::kDropout:
        result = trace_.hold(input);
        break;
      case OperatorKind::kConv:
      case OperatorKind::kDepthwiseConv: {
        int read = is_padded_before(i)
                       ? trace_.allocate(padded_input(op(i), input_shape(i)).elements())
                       : trace_.hold(input);
        keep(i, read);
        result = trace_.allocate(op(i).output.elements());
        trace_.release(read);
        break;
      }
      default:
        result = trace_.allocate(op(i).output.elements());
        if (op(i).kind == OperatorKind::kRelu) {
          keep(i, result);
        } else if (op(i).kind != OperatorKind::kAdd && op(i).kind != OperatorKind::kConcat &&
                   op(i).kind != OperatorKind::kGlobalPool) {
          keep(i, input);
        }
        if (op(i).kind == OperatorKind::kMaxPool) {  // indices of 8 bytes
          int indices = trace_.allocate(2 * op(i).output.elements());
          keep(i, indices);
          trace_.release(indices);
        }
    }
    for (const int before : op(i).inputs)
      if (last_reader_[before] == i) trace_.release(results_[before]);
  }

  /// A gradient of an operator's result, from one of its readers: the first is kept, others are
  /// added to it.
  void give(int to, int gradient) {
    int& known = gradients_[to];
    if (op(to).kind != OperatorKind::kInput && known < 0) {
      known = gradient;
    } else if (op(to).kind == OperatorKind::kInput || trace_.is_held_once(known)) {
      trace_.release(gradient);
    } else {
      const int sum = trace_.allocate(op(to).output.elements());
      trace_.release(known);
      trace_.release(gradient);
      known = sum;
    }
  }

  void backward(int i) {
    int& own = gradients_[i];
    if (own < 0) own = trace_.allocate(op(i).output.elements());  // the logits'
    switch (op(i).kind) {
      case OperatorKind::kAdd:
      case OperatorKind::kConcat:  // parts are views of the whole
        for (const int input : op(i).inputs) give(input, trace_.hold(own));
        break;
      case OperatorKind::kGlobalPool:
      case OperatorKind::kDropPath:
      case OperatorKind::kDropout:
        give(op(i).inputs[0], trace_.hold(own));
        break;
      case OperatorKind::kConv:
      case OperatorKind::kDepthwiseConv: {
        if (op(op(i).inputs[0]).kind == OperatorKind::kInput) break;
        int result =
            trace_.allocate(is_padded_before(i) ? padded_input(op(i), input_shape(i)).elements()
                                                : input_shape(i).elements());
        give(op(i).inputs[0], result);
        break;
      }
      default:
        give(op(i).inputs[0], trace_.allocate(input_shape(i).elements()));
    }
    for (int& block : kept_[i]) trace_.release(block);
    trace_.release(own);
  }

  const graph::Graph& graph_;
  bool training_;
  Trace trace_;
  std::vector<bool> needed_;
  std::vector<int> last_reader_, results_, gradients_;  // by operator: blocks
  std::vector<std::vector<int>> kept_;                  // for the way back
};

}  // namespace

plan::PassMemory estimate_reference(const graph::Graph& graph, bool training, int64_t batch) {
  plan::PassMemory memory;
  memory.activations =
      static_cast<int64_t>(kGaps * static_cast<double>(Reference(graph, training, batch).peak()));
  for (const Operator& op : graph.operators)
    if (is_convolution(op))
      memory.scratch = std::max(memory.scratch, 2 * plan::kFloatBytes * packed_floats(graph, op));
  return memory;
}

}  // namespace nasnet::network
