#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nasnet::space {

/// Operations that a block applies to an input. The first thirteen are the paper's, in its order
/// (Zoph et al. 2018, section 3); the rest appear only in relatives of NASNet (AmoebaNet, DARTS).
enum class Operation {
  kIdentity,
  kConv1x3_3x1,
  kConv1x7_7x1,
  kDilatedConv3x3,
  kAvgPool3x3,
  kMaxPool3x3,
  kMaxPool5x5,
  kMaxPool7x7,
  kConv1x1,
  kConv3x3,
  kSepConv3x3,
  kSepConv5x5,
  kSepConv7x7,
  kMaxPool2x2,
  kDilatedSepConv3x3,  ///< DARTS dil_conv_3x3: depthwise rate 2, then pointwise, once
  kDilatedSepConv5x5,  ///< DARTS dil_conv_5x5; AmoebaNet-B's dilated separable 5x5
};

inline constexpr int kOperationCount = static_cast<int>(Operation::kDilatedSepConv5x5) + 1;
inline constexpr int kPaperOperationCount = 13;

/// How a block joins its two results. The first two span the paper's space; NASNet-B and -C also
/// use the normalised additions (appendix B).
enum class Combine { kAdd, kConcat, kLayerNormAdd, kInstanceNormAdd };

inline constexpr int kCombineCount = static_cast<int>(Combine::kInstanceNormAdd) + 1;

/// The family an operation belongs to, which decides how it becomes operators of a graph.
enum class OperationFamily {
  kIdentity,
  kConv,              ///< kernel x kernel, dilation
  kConvPair,          ///< 1 x kernel, then kernel x 1
  kSeparable,         ///< depthwise + pointwise, applied twice
  kDilatedSeparable,  ///< depthwise with dilation 2 + pointwise, applied once
  kAvgPool,
  kMaxPool,
};

struct OperationInfo {
  Operation operation;
  std::string_view name;   ///< in JSON, TOML and on the command line: "sep_conv_5x5"
  std::string_view label;  ///< in drawings, as the paper writes it: "sep 5x5"
  OperationFamily family;
  int kernel;
  int dilation;
};

const OperationInfo& info(Operation operation);
std::string_view name(Operation operation);
std::string_view name(Combine combine);
/// "add", "concat", "add + layer norm", ... for drawings.
std::string_view label(Combine combine);

/// The operation with this name. Throws InputError with the nearest right name.
Operation parse_operation(std::string_view text);
Combine parse_combine(std::string_view text);

/// The thirteen operations of the paper, in order.
std::vector<Operation> paper_operations();

}  // namespace nasnet::space
