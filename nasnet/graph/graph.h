#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "nasnet/base/enum_names.h"

namespace nasnet::graph {

/// Height, width and channels of a feature map of one image.
struct Shape {
  int height = 0, width = 0, channels = 0;
  bool operator==(const Shape&) const = default;
  int64_t elements() const { return int64_t{height} * width * channels; }
};

enum class OperatorKind {
  kInput,
  kRelu,
  kConv,           ///< dense convolution, no bias
  kDepthwiseConv,  ///< one kernel a channel, multiplier 1, no bias
  kBatchNorm,
  kBias,     ///< adds a value a channel
  kAvgPool,  ///< padded cells are left out of the divisor
  kMaxPool,
  kUpsample,   ///< to a larger size: each pixel is the nearest one above and left of it
  kSubsample,  ///< every second pixel, from (offset, offset); zeros beyond the edge
  kZero,       ///< zeros, of its input's shape: where an edge of a cell has no operation
  kAdd,
  kConcat,
  kSlice,         ///< some channels, from the first_channel-th on
  kLayerNorm,     ///< over all values of an image, gain and bias a channel
  kInstanceNorm,  ///< over the pixels of each channel of an image, gain and bias a channel
  kDropPath,      ///< drops an image's whole branch in training (ScheduledDropPath)
  kGlobalPool,    ///< mean over all pixels
  kDropout,
  kLinear,
};

enum class ParameterRole {
  kConvWeight,       ///< [out, in, kernel height, kernel width]
  kDepthwiseWeight,  ///< [channels, 1, kernel, kernel]
  kLinearWeight,     ///< [out, in]
  kBias,
  kGamma,
  kBeta,
  kMovingMean,
  kMovingVariance,
};

/// A named tensor of the network. Names are those of the released TF-slim checkpoints;
/// operations that the released code does not have are named in the same manner.
struct Parameter {
  std::string name;
  ParameterRole role;
  std::vector<int64_t> shape;
  bool frozen = false;  ///< stays as it is in training
  /// Sigma of a weight's initial values; 0 for TF-slim's rule, see initial_values().
  double deviation = 0;

  int64_t elements() const;
  /// Learned by gradients. The running statistics of batch normalisation never are.
  bool trainable() const;
  /// Subject to L2 decay: weights, not biases or normalisation (TF-slim's arg scope).
  bool decayed() const;
};

/// One step of the computation. Inputs stand before it in the graph.
struct Operator {
  OperatorKind kind;
  std::vector<int> inputs;
  Shape output;
  int kernel_height = 1, kernel_width = 1;
  int stride_height = 1, stride_width = 1;
  int dilation = 1;
  bool same = true;       ///< TF SAME padding, else VALID
  bool centred = false;   ///< with `same`: PyTorch's padding, (kernel - 1) / 2 on every side
  bool zeros = false;     ///< pools: cells of the padding take part, as zeros
  int offset = 0;         ///< of kSubsample
  int first_channel = 0;  ///< of kSlice
  /// Training passes through it as inference does: a batch norm's running statistics are those of
  /// training, too, and stay as they are; a drop-path drops nothing.
  bool frozen = false;
  int section = 0;          ///< row of the table that it belongs to
  int cell_number = 0;      ///< of kDropPath: position among all cells, from 0
  int first_parameter = 0;  ///< its parameters stand side by side in Graph::parameters
  int parameter_count = 0;

  /// A batch norm that takes mean and variance of the batch in training. Others, and biases, scale
  /// and shift by what their parameters say.
  bool takes_statistics() const { return kind == OperatorKind::kBatchNorm && !frozen; }

  /// Multiply-adds for one image; only convolutions and linear layers count, as in the paper.
  int64_t multiply_adds(const std::vector<Operator>& operators) const;
};

/// A row of the per-cell table: the stem, a cell, a head.
struct Section {
  std::string name;
  Shape in, previous, out;  ///< previous is empty where there is none
};

/// How a pool of stride 2 counts the cells of its padding: the released code leaves
/// them out, two ports count some of them as zeros, and weights may have been tuned for a port.
enum class Pooling {
  kSlim,   ///< left out of divisor and maximum
  kKeras,  ///< zeros in both
  kTimm,   ///< zeros in the average only
};

constexpr EnumNames<Pooling, 3> names_of(Pooling) {
  return {{{Pooling::kSlim, "slim"}, {Pooling::kKeras, "keras"}, {Pooling::kTimm, "timm"}}};
}

/// The published ways to stack cells: what stem, where reductions stand, which constants
/// (stack_recipe() in build.h).
enum class StackKind { kCifar, kMobile, kLarge, kPnasnetMobile, kPnasnetLarge };

constexpr EnumNames<StackKind, 5> names_of(StackKind) {
  return {{{StackKind::kCifar, "cifar"},
           {StackKind::kMobile, "mobile"},
           {StackKind::kLarge, "large"},
           {StackKind::kPnasnetMobile, "pnasnet-mobile"},
           {StackKind::kPnasnetLarge, "pnasnet-large"}}};
}

/// How a genotype is stacked.
struct StackSettings {
  StackKind stack = StackKind::kCifar;
  int cells = 6;     ///< N: normal cells a stage, three stages
  int filters = 32;  ///< F: filters of the first stage's cells
  int classes = 10;
  Shape input = {32, 32, 3};
  bool auxiliary_head = false;
  Pooling pooling = Pooling::kSlim;

  bool operator==(const StackSettings&) const = default;
};

/// Constants of a stack beside its settings, as released. How a network is trained is no part of
/// its graph: see train::TrainSettings.
struct Recipe {
  double stem_multiplier = 3.0;
  bool imagenet_stem = false;
  bool skip_reduction_layer_input = false;
  /// Stages open with a cell of stride 2 in place of a reduction cell and a normal one (PNASNet).
  bool strided_cells = false;
  double dropout_keep = 1.0;
  double batch_norm_decay = 0.9;
  double batch_norm_epsilon = 1e-5;
};

/// A whole network without tensors: counts, tables, executors, drawings all read this.
struct Graph {
  StackSettings settings;
  Recipe recipe;
  std::vector<Operator> operators;  ///< in an order of execution; operators[0] is the input
  std::vector<Parameter> parameters;
  std::vector<Section> sections;
  std::vector<std::pair<std::string, int>> endpoints;  ///< "Cell_3", "Logits": TF-slim's names
  int logits = -1;
  int auxiliary_logits = -1;
  int total_cells = 0;  ///< all cells, stem and reduction cells included

  /// The operator of this endpoint. Throws InputError where there is none.
  int endpoint(const std::string& name) const;
};

}  // namespace nasnet::graph
