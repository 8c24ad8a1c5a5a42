// The example of docs/evaluators.md: a search space in one file. It is linked with the program.
#include "nasnet/space/space_kind.h"

namespace {

using namespace nasnet;

struct ChainSettings {
  int links = 3;
};

template <class Visitor>
void visit_settings(Visitor& v, ChainSettings& s) {
  v("links", s.links, "operations of a chain", Range{1, 16});
}

/// A cell of one chain: each block applies an operation to the last block's result, and adds the
/// cell's input.
class ChainSpace : public space::SearchSpace {
 public:
  explicit ChainSpace(int links) {
    for (int i = 0; i < links; ++i)
      decisions_.push_back({"link." + std::to_string(i), 0, static_cast<int>(operations_.size())});
  }
  std::string name() const override { return "chain"; }
  const std::vector<space::Decision>& decisions() const override { return decisions_; }

  std::string describe(const space::Choices& choices) const override {
    std::string text;
    for (const int choice : choices)
      text += (text.empty() ? "" : " > ") + std::string(name_of(choice));
    return text;
  }
  /// Cells can be trained by the evaluator "child", drawn, and given to nasnet train.
  std::optional<space::Genotype> genotype(const space::Choices& choices) const override {
    check(choices);
    space::Cell cell;
    for (size_t i = 0; i < choices.size(); ++i) {
      space::Block block;
      block.left = static_cast<int>(i) + (i == 0 ? 0 : 1);  // the last result, first the input
      block.left_op = operations_[static_cast<size_t>(choices[i])];
      block.right = 0;
      block.right_op = space::Operation::kIdentity;
      cell.blocks.push_back(block);
    }
    space::take_unused_as_outputs(cell, "chain");
    return space::Genotype{"", cell, cell};
  }

 private:
  std::string_view name_of(int choice) const {
    return space::name(operations_.at(static_cast<size_t>(choice)));
  }

  std::vector<space::Operation> operations_ = {
      space::Operation::kIdentity, space::Operation::kSepConv3x3, space::Operation::kSepConv5x5,
      space::Operation::kMaxPool3x3};
  std::vector<space::Decision> decisions_;
};

const bool kAdded =
    space::spaces().add({.name = "chain",
                         .help = "cells of one chain",
                         .settings = ChainSettings(),
                         .make = [](const AnySettings& own) {
                           return std::make_unique<ChainSpace>(own.as<ChainSettings>().links);
                         }});

}  // namespace
