#include "nasnet/space/operation.h"

#include <fmt/format.h>

#include <array>

#include "nasnet/base/error.h"

// The tables of operations and of ways to combine: all that is known of one stands in its row, and
// names are parsed and printed from here alone. The order is that of a space's list of operations
// where none is given, whose numbers studies keep.

namespace nasnet::space {
namespace {

using Family = OperationFamily;

/// Rows are found by their place: a row that is missing, or stands elsewhere, is an error here.
template <class Table, class Row, class Key>
constexpr bool is_in_order(const Table& rows, Key Row::*key) {
  for (size_t i = 0; i < rows.size(); ++i)
    if (rows[i].*key != static_cast<Key>(i)) return false;
  return true;
}

constexpr std::array<OperationInfo, kOperationCount> kOperations = {{
    {Operation::kIdentity, "identity", "identity", Family::kIdentity, 1, 1},
    {Operation::kConv1x3_3x1, "conv_1x3_3x1", "1x3 3x1 conv", Family::kConvPair, 3, 1},
    {Operation::kConv1x7_7x1, "conv_1x7_7x1", "1x7 7x1 conv", Family::kConvPair, 7, 1},
    {Operation::kDilatedConv3x3, "dilated_conv_3x3", "dil 3x3 conv", Family::kConv, 3, 2},
    {Operation::kAvgPool3x3, "avg_pool_3x3", "avg 3x3", Family::kAvgPool, 3, 1},
    {Operation::kMaxPool3x3, "max_pool_3x3", "max 3x3", Family::kMaxPool, 3, 1},
    {Operation::kMaxPool5x5, "max_pool_5x5", "max 5x5", Family::kMaxPool, 5, 1},
    {Operation::kMaxPool7x7, "max_pool_7x7", "max 7x7", Family::kMaxPool, 7, 1},
    {Operation::kConv1x1, "conv_1x1", "1x1 conv", Family::kConv, 1, 1},
    {Operation::kConv3x3, "conv_3x3", "3x3 conv", Family::kConv, 3, 1},
    {Operation::kSepConv3x3, "sep_conv_3x3", "sep 3x3", Family::kSeparable, 3, 1},
    {Operation::kSepConv5x5, "sep_conv_5x5", "sep 5x5", Family::kSeparable, 5, 1},
    {Operation::kSepConv7x7, "sep_conv_7x7", "sep 7x7", Family::kSeparable, 7, 1},
    {Operation::kMaxPool2x2, "max_pool_2x2", "max 2x2", Family::kMaxPool, 2, 1},
    {Operation::kDilatedSepConv3x3, "dilated_sep_conv_3x3", "dil sep 3x3",
     Family::kDilatedSeparable, 3, 2},
    {Operation::kDilatedSepConv5x5, "dilated_sep_conv_5x5", "dil sep 5x5",
     Family::kDilatedSeparable, 5, 2},
}};

static_assert(is_in_order(kOperations, &OperationInfo::operation), "a row an operation, in order");

struct CombineInfo {
  Combine combine;
  std::string_view name, label;
};

constexpr std::array<CombineInfo, kCombineCount> kCombines = {{
    {Combine::kAdd, "add", "add"},
    {Combine::kConcat, "concat", "concat"},
    {Combine::kLayerNormAdd, "layer_norm_add", "add + layer norm"},
    {Combine::kInstanceNormAdd, "instance_norm_add", "add + instance norm"},
}};

static_assert(is_in_order(kCombines, &CombineInfo::combine), "a row a way to combine, in order");

/// The row with this name. Throws InputError that suggests the nearest; `what` names the thing.
template <class Table>
auto parse(const Table& table, std::string_view text, const char* what) {
  std::vector<std::string> names;
  for (const auto& entry : table) {
    if (entry.name == text) return entry;
    names.emplace_back(entry.name);
  }
  throw InputError(fmt::format("unknown {} '{}'{}", what, text, suggestion(text, names)));
}

}  // namespace

const OperationInfo& info(Operation operation) {
  return kOperations.at(static_cast<size_t>(operation));
}

std::string_view name(Operation operation) {
  return info(operation).name;
}

std::string_view name(Combine combine) {
  return kCombines.at(static_cast<size_t>(combine)).name;
}

std::string_view label(Combine combine) {
  return kCombines.at(static_cast<size_t>(combine)).label;
}

Operation parse_operation(std::string_view text) {
  return parse(kOperations, text, "operation").operation;
}

Combine parse_combine(std::string_view text) {
  return parse(kCombines, text, "combine method").combine;
}

std::vector<Operation> paper_operations() {
  std::vector<Operation> operations;
  for (int i = 0; i < kPaperOperationCount; ++i) operations.push_back(kOperations[i].operation);
  return operations;
}

}  // namespace nasnet::space
