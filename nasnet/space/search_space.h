#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nasnet/space/cell.h"

namespace nasnet::space {

/// One categorical choice. Decisions of the same kind (say every "left input") share a meaning, so
/// a controller may share what it learns about them.
struct Decision {
  std::string name;  ///< "normal.2.left_op"
  int kind = 0;      ///< dense, from 0
  int choices = 1;   ///< cardinality; may depend on the position, never on earlier choices
};

/// The choices made, one a decision, each in [0, choices).
using Choices = std::vector<int>;

/// A search space as an ordered list of categorical decisions.
class SearchSpace {
 public:
  virtual ~SearchSpace() = default;
  virtual std::string name() const = 0;
  virtual const std::vector<Decision>& decisions() const = 0;
  /// Throws InputError where `choices` has the wrong length or a choice is out of range.
  void check(const Choices& choices) const;
  /// The candidate in one line, for people. Throws as check().
  virtual std::string describe(const Choices& choices) const;
  /// The choice of a decision for people, "sep 5x5": a label, a state's name. This default has
  /// numbers.
  virtual std::string choice_name(size_t decision, int choice) const;
  /// A text that two candidates share exactly when they compute the same function up to the names
  /// and the order of their parts: a trained copy of one can be turned into a trained copy of the
  /// other by moving weights. A space that knows nothing of the kind (this default) gives every
  /// choice vector a text of its own. Throws as check().
  virtual std::string canonical(const Choices& choices) const;
  /// The cells that the choices stand for, without a name; none in a space that has no genotypes.
  /// Throws as check().
  virtual std::optional<Genotype> genotype(const Choices&) const { return std::nullopt; }
  bool has_genotypes() const { return genotype(Choices(decisions().size(), 0)).has_value(); }
  /// The share of a candidate's operations that have no weights (identities, pools): a search that
  /// ends up with them alone is suspect. None where nobody can tell. Throws as check().
  virtual std::optional<double> weightless_share(const Choices& choices) const;
};

/// The NASNet space for any number of blocks, operations and combine methods. Decisions: 5 a block
/// in the order of the paper's controller (left input, right input, left op, right op, combine),
/// first those of the normal cell, then those of the reduction cell: 2 x 5B.
class NasnetSpace : public SearchSpace {
 public:
  struct Settings {
    int blocks = 5;
    std::vector<Operation> operations = paper_operations();
    std::vector<Combine> combines = {Combine::kAdd, Combine::kConcat};
    bool operator==(const Settings&) const = default;
  };

  NasnetSpace();
  explicit NasnetSpace(Settings settings);

  std::string name() const override { return "nasnet"; }
  const std::vector<Decision>& decisions() const override { return decisions_; }
  const Settings& settings() const { return settings_; }
  std::string describe(const Choices& choices) const override;
  std::string choice_name(size_t decision, int choice) const override;
  /// Equal where the cells are isomorphic as graphs of states: names and order of blocks and the
  /// order of a block's halves do not matter. Nothing is dead in a cell of this space, for what no
  /// block reads is output. Three facts of how cells become networks (nasnet/graph/cell_builder):
  /// - the halves of a concatenation may be swapped, since whatever reads a state that is wider
  ///   than F passes it through a dense convolution first, whose weights can be permuted;
  /// - so may the parts of the cell's output, for the same reason;
  /// - the identity of a concatenated state, and that of an input in a reduction cell, is a 1x1
  ///   convolution (ReLU, convolution, batch norm): the same function as the operation conv_1x1.
  std::string canonical(const Choices& choices) const override;

  std::optional<Genotype> genotype(const Choices& choices) const override {
    return decode(choices);
  }

  /// The genotype that the choices describe; its cells' outputs follow the unused-states rule.
  Genotype decode(const Choices& choices) const;
  /// The inverse. Throws InputError where the genotype does not lie in this space (another number
  /// of blocks, an operation outside, outputs other than the rule's).
  Choices encode(const Genotype& genotype) const;

 private:
  Settings settings_;
  std::vector<Decision> decisions_;
};

}  // namespace nasnet::space
