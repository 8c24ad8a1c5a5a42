#include "nasnet/network/memory.h"

#include <algorithm>

#include "nasnet/graph/padding.h"
#include "nasnet/kernels/images.h"
#include "nasnet/plan/plan.h"

namespace nasnet::network {
namespace {

using graph::Operator;
using graph::OperatorKind;
using graph::Padding;
using graph::Shape;
using kernels::padded;
using plan::Plan;
using plan::Stage;
using plan::Step;
using plan::Work;

constexpr int64_t kFloat = sizeof(float);
constexpr int64_t kHugePage = int64_t{2} << 20;  // see arena.cpp
// As in fused_executor.h and fused_rows.cpp: groups of images that sum a weight's gradient apart,
// the weights that are too large for so many, the pixels whose rows are made at a time, and the
// images' memory in inference.
constexpr int64_t kGroups = 8, kLargeWeight = 1 << 18, kTile = 240, kCacheBytes = 8 << 20;

/// What the heap holds with the gaps between blocks that are alive, in which no other block fits,
/// over what is alive: 1.13 to 1.76 in measured trainings (docs/memory.md).
constexpr double kGaps = 1.35;

bool is_convolution(const Operator& op) {
  return op.kind == OperatorKind::kConv || op.kind == OperatorKind::kDepthwiseConv;
}

int64_t round_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

/// Floats of a convolution's weights as the fused kernels want them, one way.
int64_t packed_floats(const graph::Graph& graph, const Operator& op) {
  const std::vector<int64_t>& shape =
      graph.parameters[static_cast<size_t>(op.first_parameter)].shape;
  const int64_t window = shape[2] * shape[3];
  if (op.kind == OperatorKind::kDepthwiseConv) return window * padded(shape[0]);
  return window * shape[1] * padded(shape[0]);
}

Shape padded_input(const Operator& op, const Shape& in) {
  const Padding down = graph::padding(in.height, op.output.height, op.kernel_height,
                                      op.stride_height, op.dilation, op.same);
  const Padding across = graph::padding(in.width, op.output.width, op.kernel_width, op.stride_width,
                                        op.dilation, op.same);
  return {in.height + static_cast<int>(down.begin + down.end),
          in.width + static_cast<int>(across.begin + across.end), in.channels};
}

/// A dense convolution with three or seven taps along an axis: see Rows::winograd.
bool may_transform(const Operator& op) {
  return op.kind == OperatorKind::kConv && op.stride_height * op.stride_width == 1 &&
         (op.kernel_width == 3 || op.kernel_width == 7 ||
          (op.kernel_width == 1 && (op.kernel_height == 3 || op.kernel_height == 7)));
}

/// Floats of the gradients of a stage's weights, of all groups of images.
int64_t gradient_parts(const graph::Graph& graph, const Plan& plan, Precision precision,
                       int64_t batch) {
  int64_t most = 0;
  for (const Stage& stage : plan.backward) {
    int64_t sum = 0, largest = 0;
    for (const Work& work : stage) {
      if (work.kind != Work::Kind::kBackward) continue;
      const Step& step = plan.steps[static_cast<size_t>(work.step)];
      int64_t floats = 0;
      for (const int index :
           {step.depthwise, step.convolutions[0], step.convolutions[1], step.twin.convolution}) {
        if (index < 0) continue;
        const Operator& op = graph.operators[static_cast<size_t>(index)];
        // Winograd's convolutions have the gradients of transformed weights.
        const bool transformed = precision == Precision::kFloat32 && may_transform(op);
        floats += (transformed ? 2 : 1) * packed_floats(graph, op);
      }
      sum += floats;
      largest = std::max(largest, floats);
    }
    most = std::max(most, sum * std::min(batch, largest > kLargeWeight ? 2 : kGroups));
  }
  return most;
}

PassMemory estimate_fused(const graph::Graph& graph, Precision precision, bool training,
                          int64_t batch) {
  PassMemory memory;
  const int64_t value = precision == Precision::kBf16 ? 2 : kFloat;
  const Plan plan = plan::make_plan(graph, training);
  const int64_t image_bytes = plan.values_per_image * value;
  const int64_t images =
      training ? batch : std::min(batch, std::max<int64_t>(kCacheBytes / image_bytes, 1));
  memory.activations = round_up(image_bytes * images, kHugePage);
  int64_t packed = 0, image = 0, maps = 0, rows = 0;
  for (const Operator& op : graph.operators) {
    if (!is_convolution(op)) continue;
    const Shape& in = graph.operators[static_cast<size_t>(op.inputs[0])].output;
    const int64_t floats = packed_floats(graph, op);
    const bool depthwise = op.kind == OperatorKind::kDepthwiseConv;
    packed += training && !depthwise ? 2 * floats : floats;
    if (training && value == kFloat && may_transform(op)) {
      // The transformed weights and maps of Winograd's convolutions.
      packed += 4 * floats;
      maps = std::max(maps, 3 * padded_input(op, in).elements());
    }
    image = std::max(image, padded_input(op, in).elements());
    const int64_t inner = depthwise ? 1 : int64_t{op.kernel_height} * op.kernel_width;
    rows = std::max(rows, kTile * (inner * in.channels + op.output.channels));
  }
  memory.scratch =
      kFloat * (packed + gradient_parts(graph, plan, precision, batch) + 3 * image + maps + rows);
  return memory;
}

/// Values that come and go as operators run one after the other.
class Trace {
 public:
  explicit Trace(int64_t batch) : batch_(batch) {}

  /// So many floats for each image; held once.
  int allocate(int64_t floats) {
    blocks_.push_back({floats * batch_ * kFloat, 1});
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
  Block& at(int block) { return blocks_[static_cast<size_t>(block)]; }

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
      if (needed_[index(i)]) forward(i);
    if (!training_) return trace_.peak();
    for (int& result : results_) trace_.release(result);
    for (int i = count - 1; i > 0; --i)
      if (needed_[index(i)]) backward(i);
    return trace_.peak();
  }

 private:
  static size_t index(int i) { return static_cast<size_t>(i); }
  const Operator& op(int i) const { return graph_.operators[index(i)]; }
  const Shape& input_shape(int i) const { return op(op(i).inputs[0]).output; }

  void find_needed() {
    needed_.assign(graph_.operators.size(), false);
    last_reader_.assign(graph_.operators.size(), 0);
    needed_[index(graph_.logits)] = true;
    if (training_ && graph_.auxiliary_logits >= 0) needed_[index(graph_.auxiliary_logits)] = true;
    for (int i = static_cast<int>(graph_.operators.size()) - 1; i > 0; --i) {
      if (!needed_[index(i)]) continue;
      for (const int input : op(i).inputs) {
        needed_[index(input)] = true;
        last_reader_[index(input)] = std::max(last_reader_[index(input)], i);
      }
    }
  }

  void keep(int i, int block) {
    if (training_) kept_[index(i)].push_back(trace_.hold(block));
  }

  /// libtorch pads with as much on both sides; what is not so is padded in a copy.
  bool is_padded_before(int i) const {
    const Shape& in = input_shape(i);
    const Operator& one = op(i);
    const Padding down = graph::padding(in.height, one.output.height, one.kernel_height,
                                        one.stride_height, one.dilation, one.same);
    const Padding across = graph::padding(in.width, one.output.width, one.kernel_width,
                                          one.stride_width, one.dilation, one.same);
    return down.begin != down.end || across.begin != across.end;
  }

  void forward(int i) {
    const int input = results_[index(op(i).inputs[0])];
    int& result = results_[index(i)];
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
      if (last_reader_[index(before)] == i) trace_.release(results_[index(before)]);
  }

  /// A gradient of an operator's result, from one of its readers: the first is kept, others are
  /// added to it.
  void give(int to, int gradient) {
    int& known = gradients_[index(to)];
    if (op(to).kind == OperatorKind::kInput) {
      trace_.release(gradient);
    } else if (known < 0) {
      known = gradient;
    } else if (trace_.is_held_once(known)) {
      trace_.release(gradient);
    } else {
      const int sum = trace_.allocate(op(to).output.elements());
      trace_.release(known);
      trace_.release(gradient);
      known = sum;
    }
  }

  void backward(int i) {
    int& own = gradients_[index(i)];
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
    for (int& block : kept_[index(i)]) trace_.release(block);
    trace_.release(own);
  }

  const graph::Graph& graph_;
  bool training_;
  Trace trace_;
  std::vector<bool> needed_;
  std::vector<int> last_reader_, results_, gradients_;  // by operator: blocks
  std::vector<std::vector<int>> kept_;                  // for the way back
};

PassMemory estimate_reference(const graph::Graph& graph, bool training, int64_t batch) {
  PassMemory memory;
  memory.activations =
      static_cast<int64_t>(kGaps * static_cast<double>(Reference(graph, training, batch).peak()));
  for (const Operator& op : graph.operators)
    if (is_convolution(op))
      memory.scratch = std::max(memory.scratch, 2 * kFloat * packed_floats(graph, op));
  return memory;
}

}  // namespace

int64_t parameter_bytes(const graph::Graph& graph) {
  int64_t bytes = 0;
  for (const graph::Parameter& one : graph.parameters)
    bytes += one.elements() * kFloat + kTensorBytes;
  return bytes;
}

int64_t gradient_bytes(const graph::Graph& graph) {
  int64_t bytes = 0;
  for (const graph::Parameter& one : graph.parameters)
    if (one.trainable()) bytes += one.elements() * kFloat + kTensorBytes;
  return bytes;
}

PassMemory estimate_pass(const graph::Graph& graph, Kernels kernels, Precision precision,
                         bool training, int64_t batch) {
  return kernels == Kernels::kFused ? estimate_fused(graph, precision, training, batch)
                                    : estimate_reference(graph, training, batch);
}

}  // namespace nasnet::network
