#pragma once

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "nasnet/graph/graph.h"
#include "nasnet/kernels/images.h"

namespace nasnet::plan {

/// The numbers in which activations are kept and matrices multiplied. Parameters, their gradients,
/// sums and depthwise windows are float32 in either case.
enum class ValueType { kFloat32, kBf16 };

constexpr int64_t bytes_of(ValueType type) {
  return type == ValueType::kBf16 ? 2 : 4;
}

/// The passes that run a plan: steps pack weights and take scratch memory by it.
struct PassKind {
  bool training = false;
  ValueType values = ValueType::kFloat32;
};

/// The place of a value: some channels of the pixels of a buffer. Parts of a concatenation are
/// written straight to the result's buffer, and terms of a sum to the sum's place.
struct Place {
  int buffer = -1;
  int channel = 0;
  bool operator==(const Place&) const = default;
};

/// Stages of a first and a last use, see Plan::backward_stage(); -1 for none.
struct Lifetime {
  int first = -1, last = -1;

  bool empty() const { return first < 0; }
  bool has(int stage) const { return first >= 0 && first <= stage && stage <= last; }
  bool meets(const Lifetime& other) const { return has(other.first) || other.has(first); }
  void add(int stage) {
    first = empty() || stage < first ? stage : first;
    last = stage > last ? stage : last;
  }
};

/// Memory of the plan's arena, for each image of a batch: height x width x channels values.
struct PlanBuffer {
  graph::Shape shape;
  Lifetime life = {};
  /// Its values are not kept for the way back, but made again there: then it lives twice, at one
  /// place that is others' in between.
  bool made_again = false;
  Lifetime again = {};
  int64_t offset = -1;  ///< in the arena, in values an image

  bool lives(int stage) const { return life.has(stage) || again.has(stage); }
  bool meets(const PlanBuffer& other) const {
    return life.meets(other.life) || life.meets(other.again) || again.meets(other.life) ||
           again.meets(other.again);
  }
};

/// Some channels of a buffer.
struct Region {
  int buffer = -1, channel = 0, channels = 0;
};

/// Values that an image of the shape takes in the arena: whole cache lines of any type.
int64_t buffer_size(const graph::Shape& shape);

/// A second 1x1 convolution of the same input, with a batch norm and a place of its own. The next
/// cell and the one after it each project a cell's result: both products are computed in one pass
/// over it.
struct Twin {
  int op = -1;  ///< its batch norm
  int convolution = -1;
  Place output;
  bool held = false;  ///< as Convolution::held
};

/// A step's input.
struct StepInput {
  int op = -1;        ///< the operator whose result it is
  bool relu = false;  ///< apply a ReLU when loading; the ReLU has no memory of its own
  Place from;         ///< the values in memory
  /// In training, the step whose raw convolution is stored at `from`, before its batch norm: the
  /// reader scales and shifts the values when loading. -1 for none.
  int norm = -1;
  bool pending = false;  ///< this step is the norm's only reader
};

/// A result that may be a term of a sum. In training both terms are added in one pass over the
/// memory.
struct Term {
  int with = -1;          ///< the step whose result this one also adds and writes; -1 for none
  bool deferred = false;  ///< another step writes this one's result
};

/// [ReLU,] [depthwise,] convolution, batch norm or bias [, drop-path]. "Norm" means either.
struct Convolution {
  /// One operator, or both halves of a factorised reduction; none where the norm reads a value that
  /// is no convolution's.
  std::vector<int> convolutions;
  int depthwise = -1;  ///< the operator before it
  /// Zeros around the input of a depthwise part, wide enough for all steps of the stage that read
  /// the same input, so that they share one padded image.
  kernels::Border border;
  Twin twin;
  int drop = -1;  ///< the drop-path operator
  /// Buffer of the convolution's result before its batch norm, a twin's channels behind the
  /// other's. In inference only for a pending norm, and then with norm and ReLU applied.
  int raw = -1;
  /// All readers apply the batch norm themselves (StepInput::norm): the norm's result is never
  /// written and has no memory; `output` only names the place of its gradient.
  bool held = false;
  /// Buffer of the gradient of a pending batch norm's result, written by its reader.
  int pending_gradient = -1;
  Term term;

  bool is_reduction() const { return convolutions.size() > 1; }
  bool is_norm_alone() const { return convolutions.empty(); }
};

/// Pool [, drop-path].
struct Pool {
  int drop = -1;
  /// Drop-path operators (-1 for none) of other branches of the same sum that are the same pool of
  /// the same value: it is computed once, and scaled by the sum of their factors.
  std::vector<int> repeats;
};

/// Copies a value to the sum or concatenation that reads it [, drop-path].
struct Copy {
  int drop = -1;
  bool zero = false;  ///< zeros in its place
  Term term;
};

/// Copies the pixels of a map to a larger one.
struct Upsample {};

/// A ReLU with a reader that is no convolution.
struct Relu {};

/// Layer norm or instance norm.
struct Normalize {};

/// [ReLU,] mean over the pixels.
struct GlobalPool {};

/// [Dropout,] linear layer, which writes to the caller's memory.
struct Linear {
  int dropout = -1;
  int output = -1;  ///< in Plan::outputs
};

/// [ReLU,] copies a value to the caller's memory.
struct Output {
  int output = -1;  ///< in Plan::outputs
};

/// A fused part of the network.
struct Step {
  StepInput input;
  int op = -1;        ///< the operator whose result the step computes: the norm, the pool, ...
  Place output;       ///< without a buffer where a pending batch norm has no result
  bool adds = false;  ///< adds to the output's place instead of overwriting it
  /// Backward: does the result depend on anything that is learned, is the input's gradient wanted,
  /// and is it added to the gradient's place?
  bool learns = false;
  bool wants_gradient = false, gradient_adds = false;
  std::variant<Convolution, Pool, Copy, Upsample, Relu, Normalize, GlobalPool, Linear, Output> kind;
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
    kForward,       ///< computes the step; a convolution in training only its raw result
    kResult,        ///< applies a convolution's batch norm and writes the result
    kGradientSums,  ///< sums that the gradient through a batch norm needs of all images
    kBackward,      ///< computes the gradients of the step's input and parameters
  };
  Kind kind = Kind::kForward;
  int step = -1;
  std::vector<Region> zeros;  ///< set to zero before the work
};

/// True for a work of the way forward.
inline bool goes_forward(const Work& work) {
  return work.kind == Work::Kind::kForward || work.kind == Work::Kind::kResult;
}

/// Works that depend on each other only within an image: all are done for one image, while it is in
/// the near caches, before the next image. Only batch norms need sums over all images, so a stage
/// of training ends where a work needs sums that the stage itself computes. In inference each step
/// is a stage.
using Stage = std::vector<Work>;

/// Cells whose values are not kept from the way forward for the way back, but computed again there:
/// less memory for more work, and the same bits. See recompute.cpp.
struct Recomputed {
  int cells = 0;     ///< so many,
  int of = 0;        ///< of so many that could be
  double share = 0;  ///< the multiply-adds of doing so, over those of the way forward
};

/// A graph as a list of fused steps over one arena of memory that is laid out once: no step
/// allocates. Made for training (forward and backward) or for inference (forward only).
struct Plan {
  bool training = false;
  std::vector<Step> steps;
  /// In the order in which they are done. Back, some stages compute values again: all of their
  /// works are of the way forward, for which norms have their statistics already.
  std::vector<Stage> forward, backward;
  std::vector<int> outputs;  ///< the operators whose results are the caller's
  std::vector<PlanBuffer> buffers;
  std::vector<Place> places;     ///< by operator; without a buffer where it has no memory
  std::vector<int> gradient_of;  ///< by buffer: the buffer of its gradient, or -1
  int64_t values_per_image = 0;  ///< of the arena
  Recomputed recomputed;

  /// Stages are counted from the first one forward to the last one back.
  int backward_stage(size_t index) const { return static_cast<int>(forward.size() + index); }
};

struct PlanSettings {
  bool training = false;  ///< for both ways, else forward only
  /// The operators whose results the caller gets; empty for the logits and, in training, the
  /// auxiliary ones. Not allowed: parts of a step that are never stored (convolutions before their
  /// batch norm, parts of a factorised reduction, dropout).
  std::vector<int> outputs;
  bool image_gradient = false;  ///< in training: is the gradient of the images wanted?
  /// In training: cells to compute again on the way back, at most; first those that give most
  /// memory for their work.
  int recomputed_cells = 0;
};

/// Throws Error for a graph with a pattern that has no fused step (no genotype of the space has
/// one), and for outputs that are not allowed.
Plan make_plan(const graph::Graph& graph, const PlanSettings& settings);

}  // namespace nasnet::plan
