#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nasnet/space/search_space.h"

namespace nasnet::space {

/// The space of NAS-Bench-201 (Dong & Yang, ICLR 2020): a cell of four nodes, node 0 its input and
/// node 3 its output, with one of five operations on each of its six edges; a node is the sum of
/// its incoming edges. 15,625 cells, each of which has been trained and tabulated.
class Nasbench201Space : public SearchSpace {
 public:
  /// The operations, a choice each, in this order.
  enum Choice { kNone, kSkip, kConv1x1, kConv3x3, kAvgPool3x3, kChoices };
  struct Edge {
    int from, to;
  };
  /// The decisions' order: 0-1, 0-2, 1-2, 0-3, 1-3, 2-3.
  static const std::vector<Edge>& edges();
  static constexpr int kCells = 15625;

  Nasbench201Space();
  std::string name() const override { return "nasbench201"; }
  const std::vector<Decision>& decisions() const override { return decisions_; }

  /// The official string: |nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|...|
  std::string describe(const Choices& choices) const override;
  std::string choice_name(size_t decision, int choice) const override;
  /// The inverse. Throws InputError where the text is no such string.
  Choices parse(std::string_view arch) const;

  /// Equal where the cells compute the same function up to the names of their convolutions. A node
  /// is brought into the form of a sum: an edge without operation adds nothing, a skip adds the
  /// node's own terms, and average pooling, which is linear and has no weights, is applied term by
  /// term; what no term of the output needs is dropped; then isomorphic graphs of convolutions are
  /// equal. A convolution of nothing counts as nothing, as in the paper (strictly its batch norm
  /// leaves a constant).
  ///
  /// 5,044 cells are different so. The paper's 6,466 unique ones come of another rule, which
  /// unfolds a cell into a nested expression: dropping the terms that add nothing makes 4,930 of
  /// them, pooling term by term 4,660, and telling one convolution that is read twice from two
  /// convolutions 5,044.
  std::string canonical(const Choices& choices) const override;
  std::optional<double> weightless_share(const Choices& choices) const override;

 private:
  std::vector<Decision> decisions_;
};

}  // namespace nasnet::space
