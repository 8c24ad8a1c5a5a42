#pragma once

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "nasnet/graph/graph.h"
#include "nasnet/kernels/images.h"

namespace nasnet::plan {

/// Where a value lies: some channels of the pixels of a buffer. Values that are concatenated lie in
/// the result's buffer from the start, and what is added goes where the sum lies.
struct Place {
  int buffer = -1;
  int channel = 0;
  bool operator==(const Place&) const = default;
};

/// Memory of the plan's arena, for each image of a batch: height x width x channels values.
struct PlanBuffer {
  graph::Shape shape;
  int first = -1, last = -1;  ///< stages of its first and last use: see Plan::backward_stage()
  int64_t offset = -1;        ///< in the arena, in values an image
};

/// Some channels of a buffer.
struct Region {
  int buffer = -1, channel = 0, channels = 0;
};

/// Values that an image of the shape takes in the arena: whole cache lines of any type.
int64_t buffer_size(const graph::Shape& shape);

/// A second 1x1 convolution of the same input, with a batch norm and a place of its own: what the
/// next cell and the one after it make of a cell's result is made in one reading.
struct Twin {
  int op = -1;  ///< its batch norm
  int convolution = -1;
  Place output;
  bool held = false;  ///< as Convolution::held
};

/// A step's input.
struct StepInput {
  int op = -1;        ///< the operator whose result it is
  bool relu = false;  ///< through a ReLU, which has no memory of its own
  Place from;         ///< where it lies
  /// The step whose batch norm has not been applied to what lies there, its raw convolution: in
  /// training it is scaled and shifted on the way. -1 for none.
  int norm = -1;
  bool pending = false;  ///< and the norm is left to this step alone
};

/// A result that may be a term of a sum. A sum of two is made in one pass over the memory.
struct Term {
  int with = -1;          ///< the step whose result is written with this one's
  bool deferred = false;  ///< another one writes this one's result
};

/// [ReLU,] [depthwise,] convolution, batch norm [, drop-path].
struct Convolution {
  /// One operator, or both halves of a factorised reduction.
  std::vector<int> convolutions;
  int depthwise = -1;  ///< the operator before it
  /// Of a depthwise part: the zeros around the image that it reads, as wide as any step of the same
  /// stage needs them that reads the same.
  kernels::Border border;
  Twin twin;
  int drop = -1;  ///< the drop-path operator
  /// Buffer of the convolution's result before its batch norm, a twin's behind the other's. In
  /// inference only where the norm is left to the reader, and then with norm and ReLU applied.
  int raw = -1;
  /// All readers of the batch norm apply it themselves (StepInput::norm): the result is never
  /// written, its output has no memory, and names its gradient only.
  bool held = false;
  /// Gradient of a pending batch norm's result, written by its reader.
  int pending_gradient = -1;
  Term term;

  bool is_reduction() const { return convolutions.size() > 1; }
};

/// Pool [, drop-path].
struct Pool {
  int drop = -1;
  /// The drop-path operators, -1 for none, of other branches of the same sum that are the same pool
  /// of the same value. It is taken once, and weighed by the sum of their factors.
  std::vector<int> repeats;
};

/// A value to where it is added or concatenated [, drop-path].
struct Copy {
  int drop = -1;
  Term term;
};

/// A ReLU that something else than a convolution reads.
struct Relu {};

/// Layer norm or instance norm.
struct Normalize {};

/// [ReLU,] mean over the pixels.
struct GlobalPool {};

/// [Dropout,] linear layer. Its result goes straight to the caller.
struct Linear {
  int dropout = -1;
  int output = -1;  ///< in Plan::outputs
};

/// [ReLU,] a value to the caller.
struct Output {
  int output = -1;  ///< in Plan::outputs
};

/// A fused part of the network: for all kinds alike, and what its kind has besides.
struct Step {
  StepInput input;
  int op = -1;        ///< the operator whose result the step computes: the norm, the pool, ...
  Place output;       ///< no buffer: the batch norm is left to the reader (StepInput::pending)
  bool adds = false;  ///< to what is there, instead of overwriting it
  /// Of the way back: is a gradient of the input wanted, and does it add to what is there.
  bool wants_gradient = false, gradient_adds = false;
  std::variant<Convolution, Pool, Copy, Relu, Normalize, GlobalPool, Linear, Output> kind;
};

/// The step's part as one of this kind, or null where it is another.
template <class Kind>
const Kind* as(const Step& step) {
  return std::get_if<Kind>(&step.kind);
}
template <class Kind>
Kind* as(Step& step) {
  return std::get_if<Kind>(&step.kind);
}
/// Of a convolution or a copy, else null.
const Term* term_of(const Step& step);
inline Term* term_of(Step& step) {
  return const_cast<Term*>(term_of(std::as_const(step)));
}

/// A part of a step that is done image by image.
struct Work {
  enum class Kind {
    kForward,       ///< the step; of a convolution in training, as far as its raw result
    kResult,        ///< the norm of a raw convolution, to where its result lies
    kGradientSums,  ///< of the gradient of a norm's result, for the gradient through the norm
    kBackward,      ///< the gradients of the step's input and parameters
  };
  Kind kind = Kind::kForward;
  int step = -1;
  std::vector<Region> zeros;  ///< what is set to zero before
};

/// Works that need nothing of each other but of the same image: all are done for one image, while
/// it is in the near caches, before the next. Only a batch norm needs all images before any can go
/// on; so in training a stage ends where statistics or sums of its own are asked for. In inference
/// each step is a stage.
using Stage = std::vector<Work>;

/// A graph as a list of fused steps over one arena of memory that is laid out once: no step
/// allocates. Built for training (both ways) or for inference (forward only).
struct Plan {
  bool training = false;
  std::vector<Step> steps;
  std::vector<Stage> forward, backward;  ///< in the order in which they are done
  std::vector<int> outputs;              ///< the operators whose results are the caller's
  std::vector<PlanBuffer> buffers;
  std::vector<Place> places;     ///< by operator; no buffer where it has no memory of its own
  std::vector<int> gradient_of;  ///< by buffer: the buffer of its gradient, or -1
  int64_t values_per_image = 0;  ///< of the arena

  /// Stages are counted from the first one forward to the last one back.
  int backward_stage(size_t index) const { return static_cast<int>(forward.size() + index); }
};

struct PlanSettings {
  bool training = false;  ///< for both ways, else forward only
  /// The operators whose results are given; none for the logits and, in training, the auxiliary
  /// ones. Any but what is a part of a step and lies nowhere: convolutions before their batch norm,
  /// what a factorised reduction is made of, dropout.
  std::vector<int> outputs;
  bool image_gradient = false;  ///< in training: is the gradient of the images wanted?
};

/// Throws Error for a graph with a pattern that has no fused step (none of the space's has), and
/// for outputs that cannot be.
Plan make_plan(const graph::Graph& graph, const PlanSettings& settings);

}  // namespace nasnet::plan
